package dialog

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

// maxCall bounds the bytes of a call of XML-RPC in which a password is looked for.
const maxCall = 2000

// maxCallParams is how many parameters of a call may come before its password, with the password:
// the database or blog, the user, the password.
const maxCallParams = 4

// methodCall finds the password in a call of XML-RPC that signs in, or that has the user and the
// password before its other parameters: <methodName>login</methodName><params>… It is the first
// parameter after another one that has digits and letters, or the last one of a login.
func methodCall(s string, _, j int) (phrase.Span, bool) {
	end := min(len(s), j+maxCall)
	isCut := end == len(s)
	s = s[:end]
	method, _, ok := strings.Cut(s[j:], "<")
	if !ok || s[j] != '>' {
		return phrase.Span{}, false
	}
	method = method[1:]
	signsIn := phrase.IsLogin(method)
	if !signsIn && !takesLogin(method) {
		return phrase.Span{}, false
	}
	last, n, isNumber := phrase.Span{}, 0, false
	for k := j; n < maxCallParams; n++ {
		start, end, ok := nextParam(s, k, isCut)
		if !ok {
			break
		}
		value := s[start:end]
		if n > 0 && len(value) >= 6 && form.IsMixed(value) && strings.IndexByte(value, '@') < 0 {
			return phrase.Span{Start: start, End: end}, true
		}
		if n == 2 && !signsIn && isNumber && value != "" { // the database, the number of the user, the password
			return phrase.Span{Start: start, End: end}, true
		}
		if isNumber = value != "" && ascii.AllDigits(value); value != "" {
			last = phrase.Span{Start: start, End: end}
		}
		k = end
	}
	return last, signsIn && n > 1
}

// takesLogin reports whether each call of a method of this name has a user and a password: those of
// the interfaces of blogs, and of the objects of some business systems.
func takesLogin(method string) bool {
	interfaceName, _, _ := strings.Cut(method, ".")
	switch interfaceName {
	case "wp", "metaWeblog", "blogger", "mt", "execute", "execute_kw":
		return true
	}
	return false
}

// nextParam returns the text of the next scalar parameter of a call. isCut tells whether the last
// one may lack its end.
func nextParam(s string, k int, isCut bool) (start, end int, ok bool) {
	i := strings.Index(s[k:], "<param>")
	if i < 0 {
		return 0, 0, false
	}
	for k += i; k < len(s) && s[k] == '<'; {
		tag := strings.IndexByte(s[k:], '>')
		switch {
		case tag < 0:
			return 0, 0, false
		case s[k+1] == '/', strings.HasPrefix(s[k:], "<struct"), strings.HasPrefix(s[k:], "<array"):
			return k, k, true // an empty value, or one of many parts
		}
		for k += tag + 1; k < len(s) && (s[k] == ' ' || s[k] == '\n' || s[k] == '\r' || s[k] == '\t'); k++ {
		}
	}
	if n := strings.IndexByte(s[k:], '<'); n >= 0 {
		return k, k + n, true
	}
	return k, len(s), isCut && k < len(s)
}
