package route

// isLowerCaseAbove reports whether a literal directly precedes and all literals above begin in
// lower case. Where literals are written like Accounts, SMS may be one of them.
func (l *level) isLowerCaseAbove() bool {
	if l.literal == "" || l.isParameter() {
		return false
	}
	for ; l != nil && l.parent != nil; l = l.parent {
		if !l.isParameter() && !l.isVersion && (l.literal == "" || isUpper(l.literal[0])) {
			return false
		}
	}
	return true
}

// isAllCaps reports whether a segment is in capitals, as constants are: EUR, PAGER_DUTY.
func isAllCaps(s string) bool {
	upper := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isUpper(c):
			upper++
		case !isDigit(c) && c != '_' && c != '-':
			return false
		}
	}
	return upper >= 2
}

// areCodes reports whether all candidates without a strong shape, and at least two, are codes.
func areCodes(all []*candidate) bool {
	n := 0
	for _, c := range all {
		switch {
		case c.isStrong():
		case !c.ownNode || !isCode(c.decoded):
			return false
		default:
			n++
		}
	}
	return n >= 2
}

// isCode recognizes language and country codes by their length: en, DE, pt-BR.
func isCode(s string) bool {
	switch {
	case len(s) == 5 && (s[2] == '-' || s[2] == '_'):
		return isCode(s[:2]) && isCode(s[3:])
	case len(s) != 2:
		return false
	}
	return isASCIILetter(s[0]) && isASCIILetter(s[1])
}

func isASCIILetter(c byte) bool { return isUpper(c) || c >= 'a' && c <= 'z' }
