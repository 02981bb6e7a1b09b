package redact

import "strings"

// A code that is exchanged for a token is called "code" and no more (RFC 6749, sections 4.1.2 and 4.1.3), as are the
// codes of errors and countries. What stands beside it tells them apart.

// isGrantName says whether a name stands beside such a code alone. "state" does so in URLs and forms; in JSON it is
// anything.
func isGrantName(name string, inJSON bool) bool {
	switch strings.ToLower(strings.ReplaceAll(name, "_", "")) {
	case "granttype", "codeverifier", "redirecturi", "sessionstate":
		return true
	case "state":
		return !inJSON
	}
	return false
}

// isCode says whether a value called "code" may be one of a grant: those of HTTP and of calling countries are shorter.
func isCode(value string) bool {
	if len(value) > 3 {
		return true
	}
	for i := range len(value) {
		if !isDigit(value[i]) {
			return true
		}
	}
	return false
}

// grantReach is how far from a code, in bytes, is looked for what stands beside it.
const grantReach = 4096

func isCodeName(name string) bool { return len(name) == len("code") && strings.EqualFold(name, "code") }

// grantsIn says whether a query or form is one of a grant.
func grantsIn(raw string) bool {
	if !strings.Contains(raw, "ode") && !strings.Contains(raw, "ODE") {
		return false // it has no code
	}
	grants := false
	for part := range strings.FieldsFuncSeq(raw, func(c rune) bool { return c == '&' || c == ';' }) {
		name, _, _ := strings.Cut(part, "=")
		if strings.EqualFold(name, "error") {
			return false
		}
		grants = grants || isGrantName(unescape(name), false)
	}
	return grants
}

// grantMarks are the names of grants as they stand in the middle of texts, in links that may be escaped once or twice.
var grantMarks = [...]string{"state", "grant_type", "code_verifier", "redirect_uri"}

// grantAround says whether the word at i belongs to a link or form that is one of a grant.
func grantAround(s string, i int) bool {
	const ends = " \t\r\n\"'`<>\\"
	s, i = s[max(0, i-grantReach):min(len(s), i+grantReach)], min(i, grantReach)
	run := s[strings.LastIndexAny(s[:i], ends)+1 : until(s, i, ends)]
	for _, name := range &grantMarks {
		for from := 0; ; {
			k := strings.Index(run[from:], name)
			if k < 0 {
				break
			}
			k += from
			from = k + len(name)
			before := k > 0 && strings.IndexByte("&?;#", run[k-1]) >= 0 || k == 0 || k > 1 && isHex(run[k-1]) && isHex(run[k-2])
			if rest := run[from:]; before && (strings.HasPrefix(rest, "=") || strings.HasPrefix(rest, "%3D") || strings.HasPrefix(rest, "%3d") || strings.HasPrefix(rest, "%253D")) {
				return true
			}
		}
	}
	return false
}

// grantBeside says whether the object whose member ends at i has another member that makes it one of a grant.
func (w *jsonWalk) grantBeside(i int) bool {
	if w.stack[len(w.stack)-1].grant {
		return true
	}
	depth := 0
	for most := min(len(w.in), i+grantReach); i < most && depth >= 0; {
		switch w.in[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			end, _ := stringEnd(w.in, i+1)
			if end < 0 {
				return false
			}
			if depth == 0 && isGrantName(stringOf(w.in[i+1:end]), true) && w.isMember(end+1) {
				return true
			}
			i = end
		}
		i++
	}
	return false
}

// isMember says whether a colon comes next.
func (w *jsonWalk) isMember(i int) bool {
	for i < len(w.in) && isBlank(w.in[i]) {
		i++
	}
	return i < len(w.in) && w.in[i] == ':'
}
