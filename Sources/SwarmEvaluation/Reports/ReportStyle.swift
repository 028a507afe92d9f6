/// The look of `report.html`. Colours of systems are those of Okabe and Ito (2008), told apart with every common kind of
/// colour blindness; brighter on dark pages.
enum ReportStyle {
    static let css = """

        :root{--bg:#fbfbf9;--card:#fff;--ink:#1b1d21;--soft:#5b616b;--line:#e3e3de;--grid:#ecece7;--axis:#9aa0a8;
        --swarm:#0067a8;--em:#00845e;--random:#b86a00;--uniform:#7a7f87;--best:#b1487f;--member:#a3a8b0;
        --good:#0b7a4b;--goodbg:#e2f4ea;--bad:#a8321f;--badbg:#fbe7e3;--openbg:#eeeeea}
        @media(prefers-color-scheme:dark){:root{--bg:#14161a;--card:#1c1f25;--ink:#e9eaec;--soft:#a3a9b3;--line:#2d3138;
        --grid:#272b31;--axis:#6d747e;--swarm:#5cb6f2;--em:#3ecf9c;--random:#f2a945;--uniform:#a9aeb6;--best:#e38dba;
        --member:#737a85;--good:#62d69e;--goodbg:#173327;--bad:#ff9c8a;--badbg:#3d1f1a;--openbg:#2a2e35}}
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
        .against{display:grid;grid-template-columns:max-content max-content 1fr;gap:7px 10px;align-items:baseline;margin:0;
        font-size:14px;font-variant-numeric:tabular-nums}
        .against b{font-weight:500;text-align:right}.against span:last-child{overflow-wrap:anywhere}
        .pill{min-width:92px;padding:1px 9px;border-radius:99px;text-align:center;font-size:12.5px}
        .good{color:var(--good);background:var(--goodbg)}.bad{color:var(--bad);background:var(--badbg)}
        .open{color:var(--soft);background:var(--openbg)}
        .grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(460px,100%),1fr));gap:18px;margin:14px 0}
        .grid>figure:last-child:nth-child(odd){grid-column:1/-1;display:grid;gap:0 28px;align-items:center;
        grid-template-columns:minmax(0,560px) minmax(0,1fr)}
        @media(max-width:760px){.grid>figure:last-child:nth-child(odd){display:block}}
        figcaption{margin-top:8px;color:var(--soft);font-size:13.5px;line-height:1.45}
        .scroll{overflow-x:auto;margin:12px 0}.grid .scroll{margin:0;align-self:start}
        .grid table{width:100%;min-width:0}.grid th,.grid td{padding:6px 9px}
        .tables{grid-template-columns:repeat(auto-fill,minmax(min(460px,100%),1fr))}
        table{border-collapse:collapse;min-width:min(100%,560px);font-size:14px;font-variant-numeric:tabular-nums}
        caption{text-align:left;font-weight:600;padding:6px 0}
        th,td{padding:6px 12px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
        th:first-child{text-align:left}thead th{color:var(--soft);font-weight:600}tbody th{font-weight:500}
        tbody tr:hover{background:var(--openbg)}tr.own th,tr.own td{font-weight:650}
        .legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:10px 0;padding:0;font-size:13.5px;
        color:var(--soft)}
        .swatch{display:inline-block;width:11px;height:11px;border-radius:3px;margin-right:7px;background:var(--k)}
        code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap}
        details{margin:8px 0}summary{cursor:pointer}
        .reading{color:var(--soft)}.reading h2{color:var(--ink)}.reading li{margin:5px 0;max-width:80ch}
        .s-swarm{--k:var(--swarm)}.s-em{--k:var(--em)}.s-random{--k:var(--random)}.s-uniform{--k:var(--uniform)}
        .s-best-member{--k:var(--best)}.s-member{--k:var(--member)}
        svg{display:block;width:100%;height:auto;font-family:inherit}
        svg polyline{fill:none}
        .grid svg .grid,svg polyline.grid{stroke:var(--grid);stroke-width:1}
        .axis{stroke:var(--axis);stroke-width:1}
        .identity{stroke:var(--axis);stroke-width:1;stroke-dasharray:3 4}
        .level{stroke:var(--k);stroke-width:1.6;stroke-dasharray:6 4}
        .curve{stroke:var(--k);stroke-width:2.2;stroke-linejoin:round}
        .interval{stroke:var(--k);stroke-width:2.4;stroke-linecap:round}
        .s-random.level{stroke-dasharray:2 4}.s-uniform.level{stroke-dasharray:10 4}
        .trail{stroke:var(--swarm);stroke-width:1.1;stroke-linejoin:round}
        .t0{stroke-opacity:.13}.t1{stroke-opacity:.22}.t2{stroke-opacity:.34}.t3{stroke-opacity:.5}.t4{stroke-opacity:.7}
        .start{fill:none;stroke:var(--swarm);stroke-opacity:.45}.end{fill:var(--swarm);fill-opacity:.75}
        .dot,.bar{fill:var(--k)}
        .hollow{fill:var(--card);stroke:var(--k);stroke-width:1.5}
        .mark{fill:var(--k);stroke:var(--card);stroke-width:1.6}
        .cloud{fill:var(--swarm)}.a0{fill-opacity:.1}.a1{fill-opacity:.16}.a2{fill-opacity:.24}.a3{fill-opacity:.36}
        .a4{fill-opacity:.55}
        .cell{fill:var(--swarm)}.own{fill:var(--openbg)}
        text{fill:var(--ink)}.label{font-size:13px}
        .halo{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}.strong{font-weight:700}.tick{font-size:12px;fill:var(--soft)}
        @media print{:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--grid:#e6e6e6;--axis:#777;
        --swarm:#0067a8;--em:#00845e;--random:#b86a00;--uniform:#7a7f87;--best:#b1487f;--member:#a3a8b0;
        --good:#0b7a4b;--goodbg:#e2f4ea;--bad:#a8321f;--badbg:#fbe7e3;--openbg:#eee}
        body{font-size:11pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}main{max-width:none;padding:0}
        h2{break-after:avoid;margin-top:26px}figure,.card,tr,.scroll{break-inside:avoid}.scroll{overflow:visible}
        .grid{grid-template-columns:1fr 1fr}th,td{padding:4px 8px;font-size:9.5pt}
        .grid>figure:last-child:nth-child(odd){grid-column:auto;display:block}}

        """
}
