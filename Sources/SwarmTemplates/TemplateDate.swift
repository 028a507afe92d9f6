internal import Foundation

/// A moment as `strftime_now` writes it, in English.
package struct TemplateDate: Sendable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int

    package init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// Now, in the local time zone.
    package static var now: TemplateDate {
        let parts = Calendar(identifier: .gregorian).dateComponents(
            [.year, .month, .day, .hour, .minute, .second], from: Date())
        return TemplateDate(
            year: parts.year ?? 1970, month: parts.month ?? 1, day: parts.day ?? 1, hour: parts.hour ?? 0,
            minute: parts.minute ?? 0, second: parts.second ?? 0)
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// 0 is Sunday (Sakamoto's method).
    private var weekday: Int {
        let offsets = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]
        let year = month < 3 ? self.year - 1 : self.year
        return (year + year / 4 - year / 100 + year / 400 + offsets[(month - 1) % 12] + day) % 7
    }

    func formatted(_ format: Scalars) throws(Problem) -> String {
        var text = ""
        var isCode = false
        for scalar in format {
            guard isCode else {
                if scalar == "%" { isCode = true } else { text.unicodeScalars.append(scalar) }
                continue
            }
            isCode = false
            func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
            let monthName = Self.months[(month - 1) % 12]
            switch scalar {
            case "Y": text += "\(year)"
            case "y": text += two(year % 100)
            case "m": text += two(month)
            case "d": text += two(day)
            case "H": text += two(hour)
            case "I": text += two((hour + 11) % 12 + 1)
            case "M": text += two(minute)
            case "S": text += two(second)
            case "p": text += hour < 12 ? "AM" : "PM"
            case "B": text += monthName
            case "b": text += monthName.prefix(3)
            case "A": text += Self.weekdays[weekday]
            case "a": text += Self.weekdays[weekday].prefix(3)
            case "%": text += "%"
            default: throw Problem("strftime_now: found %\(scalar), expected a code of date or time")
            }
        }
        return text
    }
}
