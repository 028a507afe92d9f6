/// The look of `report.html`. Colours of systems are those of Okabe and Ito (2008), told apart with every common kind of
/// colour blindness; brighter on dark pages.
enum ReportStyle {
    static let css = """

        :root{--bg:#fbfbf9;--card:#fff;--ink:#1b1d21;--soft:#5b616b;--line:#e3e3de;--grid:#ecece7;--axis:#9aa0a8;
        --swarm:#0067a8;--em:#00845e;--random:#b86a00;--uniform:#7a7f87;--best:#b1487f;--member:#a3a8b0;
        --good:#0b7a4b;--goodbg:#e2f4ea;--bad:#a8321f;--badbg:#fbe7e3;--openbg:#eeeeea;
        --c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7;--c4:#e69f00;--c5:#56b4e9;--c6:#8a7000;--c7:#6b5b95}
        @media(prefers-color-scheme:dark){:root{--bg:#14161a;--card:#1c1f25;--ink:#e9eaec;--soft:#a3a9b3;--line:#2d3138;
        --grid:#272b31;--axis:#6d747e;--swarm:#5cb6f2;--em:#3ecf9c;--random:#f2a945;--uniform:#a9aeb6;--best:#e38dba;
        --member:#737a85;--good:#62d69e;--goodbg:#173327;--bad:#ff9c8a;--badbg:#3d1f1a;--openbg:#2a2e35;
        --c0:#4ba3dd;--c1:#ff8b45;--c2:#2fc79b;--c3:#e39bc2;--c4:#f0b429;--c5:#86cdf5;--c6:#cdb23c;--c7:#a795d6}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--bg);color:var(--ink);
        font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
        main{max-width:1180px;margin:0 auto;padding:40px 24px 72px}
        header{border-bottom:1px solid var(--line);padding-bottom:18px;margin-bottom:26px}
        .kicker{margin:0;color:var(--soft);font-size:13px;letter-spacing:.06em;text-transform:uppercase}
        h1{margin:2px 0 8px;font-size:34px;line-height:1.15;letter-spacing:-.01em}
        h2{margin:44px 0 10px;font-size:22px;letter-spacing:-.005em}
        h3{margin:0;font-size:17px}
        p{margin:8px 0}
        .facts{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0;color:var(--soft);font-size:14px}
        .warning{border-left:4px solid var(--bad);background:var(--badbg);color:var(--bad);padding:10px 14px}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(270px,1fr));gap:16px}
        .card,figure{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:18px 20px;margin:0}
        .metric{margin:0;color:var(--soft);font-size:13.5px}
        .value{margin:6px 0 12px;font-size:34px;line-height:1.1;font-variant-numeric:tabular-nums;letter-spacing:-.01em}
        .value small{font-size:14px;color:var(--soft);letter-spacing:0}
        .against{margin:5px 0;font-size:14px;font-variant-numeric:tabular-nums}
        .pill{display:inline-block;min-width:92px;padding:1px 9px;border-radius:99px;text-align:center;font-size:12.5px}
        .good{color:var(--good);background:var(--goodbg)}.bad{color:var(--bad);background:var(--badbg)}
        .open{color:var(--soft);background:var(--openbg)}
        .grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(460px,100%),1fr));gap:18px;margin:14px 0;
        align-items:start}
        figcaption{margin-top:8px;color:var(--soft);font-size:13.5px;line-height:1.45}
        .scroll{overflow-x:auto;margin:12px 0}
        table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
        caption{text-align:left;font-weight:600;padding:6px 0}
        th,td{padding:6px 12px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
        th:first-child{text-align:left}thead th{color:var(--soft);font-weight:600}tbody th{font-weight:500}
        tbody tr:hover{background:var(--openbg)}
        .legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:10px 0;padding:0;font-size:13.5px;
        color:var(--soft)}
        .swatch{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:7px;background:var(--k)}
        code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap}
        details{margin:8px 0}summary{cursor:pointer}
        .reading{color:var(--soft)}.reading h2{color:var(--ink)}.reading li{margin:5px 0;max-width:80ch}
        .s-swarm{--k:var(--swarm)}.s-em{--k:var(--em)}.s-random{--k:var(--random)}.s-uniform{--k:var(--uniform)}
        .s-best-member{--k:var(--best)}.s-member{--k:var(--member)}
        .c0{--k:var(--c0)}.c1{--k:var(--c1)}.c2{--k:var(--c2)}.c3{--k:var(--c3)}.c4{--k:var(--c4)}.c5{--k:var(--c5)}
        .c6{--k:var(--c6)}.c7{--k:var(--c7)}
        svg{display:block;width:100%;height:auto;font-family:inherit}
        svg polyline{fill:none}
        .grid svg .grid,svg polyline.grid{stroke:var(--grid);stroke-width:1}
        .axis{stroke:var(--axis);stroke-width:1}
        .identity{stroke:var(--axis);stroke-width:1;stroke-dasharray:3 4}
        .level{stroke:var(--k);stroke-width:1.6;stroke-dasharray:6 4}
        .curve{stroke:var(--k);stroke-width:2.2;stroke-linejoin:round}
        .interval{stroke:var(--k);stroke-width:2.4;stroke-linecap:round}
        .trail{stroke:var(--k);stroke-width:1.1;stroke-opacity:.5;stroke-linejoin:round}
        .start{fill:var(--k);fill-opacity:.45}
        .dot,.bar{fill:var(--k)}
        .hollow{fill:var(--card);stroke:var(--k);stroke-width:1.5}
        .mark{fill:var(--k);stroke:var(--card);stroke-width:1.6}
        .cloud{fill:var(--swarm)}.a0{fill-opacity:.1}.a1{fill-opacity:.16}.a2{fill-opacity:.24}.a3{fill-opacity:.36}
        .a4{fill-opacity:.55}
        .cell{fill:var(--swarm)}.own{fill:var(--openbg)}
        text{fill:var(--ink)}.label{font-size:13px}.strong{font-weight:700}.tick{font-size:12px;fill:var(--soft)}
        @media print{body{background:#fff}figure,.card{break-inside:avoid}}

        """
}
