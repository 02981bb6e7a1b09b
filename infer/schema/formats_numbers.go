package schema

// numberFormats recognizes JSON numbers, and integers of at most 18 digits.
func numberFormats(s []byte) format {
	i := 0
	if s[0] == '-' {
		i++
	}
	start := i
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == start || s[start] == '0' && i > start+1 {
		return 0
	}
	if i == len(s) {
		if i-start > 18 {
			return fmtNumber
		}
		return fmtInteger | fmtNumber
	}
	if s[i] == '.' {
		dot := i
		for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		}
		if i == dot+1 {
			return 0
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		exp := i
		for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		}
		if i == exp {
			return 0
		}
	}
	if i == len(s) {
		return fmtNumber
	}
	return 0
}

// dateFormat recognizes full dates and date-times (RFC 3339), the latter with or without a time
// zone.
func dateFormat(s []byte) format {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return 0
	}
	y, m, d := parseDigits(s[:4]), parseDigits(s[5:7]), parseDigits(s[8:10])
	if y < 0 || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return 0
	}
	if len(s) == 10 {
		return fmtDate
	}
	if len(s) < 19 || s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return 0
	}
	h, min, sec := parseDigits(s[11:13]), parseDigits(s[14:16]), parseDigits(s[17:19])
	if h < 0 || h > 23 || min < 0 || min > 59 || sec < 0 || sec > 59 {
		return 0
	}
	rest := s[19:]
	if len(rest) > 0 && rest[0] == '.' {
		i := 1
		for i < len(rest) && rest[i] >= '0' && rest[i] <= '9' {
			i++
		}
		if i == 1 {
			return 0
		}
		rest = rest[i:]
	}
	if len(rest) == 0 || len(rest) == 1 && rest[0] == 'Z' {
		return fmtDateTime
	}
	if len(rest) == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':' {
		if h, m := parseDigits(rest[1:3]), parseDigits(rest[4:6]); h >= 0 && h < 24 && m >= 0 && m < 60 {
			return fmtDateTime
		}
	}
	return 0
}

// parseDigits returns the number that a text of digits represents, or -1.
func parseDigits(s []byte) int {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// daysIn returns the number of days of a month.
func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
