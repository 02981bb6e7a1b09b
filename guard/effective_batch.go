package guard

import (
	"strings"
	"unicode"

	"github.com/spectap/spectap/internal/lazyregexp"
)

// batchMethods are the methods that a body may name: those of RFC 9110 and of common extensions.
const batchMethods = " GET HEAD OPTIONS TRACE POST PUT PATCH DELETE MERGE PURGE QUERY SEARCH REPORT PROPFIND PROPPATCH " +
	"MKCOL MKCALENDAR ACL COPY MOVE LOCK UNLOCK BIND UNBIND REBIND LINK UNLINK SUBSCRIBE UNSUBSCRIBE NOTIFY "

// deletingWords are words of actions that count as DELETE.
const deletingWords = " delete deletes deleted remove removes removed destroy erase purge del rm unlink "

// actionName matches the plain names of fields that name the action of a part of a batch.
var actionName = lazyregexp.New(`method|verb|action|operation|command|cmd|op(type|code)?$|(change|request)type$`)

// readBatch adds the methods that a body names for its parts. It scans the text, in time linear in
// its length, rather than parse a format. So it finds a batch in any wrapping: JSON lists, NDJSON,
// parts of multipart/mixed, XML, forms, and JSON within JSON strings. A false positive costs a
// needless question.
func (e *effective) readBatch(s string) {
	s = unescapeASCII(strings.ReplaceAll(s, "\x00", "")) // of UTF-16
	for rest := s; ; {
		i := strings.IndexAny(rest, ":=>")
		if i < 0 {
			break
		}
		e.readField(rest[:i], rest[i+1:])
		rest = rest[i+1:]
	}
	if !strings.Contains(s, "HTTP/") {
		return
	}
	for line := range strings.FieldsFuncSeq(escapedLines.Replace(s), isLineEnd) {
		if before, _, ok := strings.Cut(line, "HTTP/"); ok {
			e.readRequestLine(before)
		}
	}
}

// escapedLines decodes the escaped line breaks in a JSON string.
var escapedLines = strings.NewReplacer(`\r`, "\r", `\n`, "\n")

func isLineEnd(r rune) bool { return r == '\r' || r == '\n' }

// readRequestLine adds the method of a request line, perhaps in a JSON string. before is the text
// before the version.
func (e *effective) readRequestLine(before string) {
	words := strings.FieldsFunc(before, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'", r) })
	for i, w := range words {
		if upper := strings.ToUpper(w); isBatchMethod(upper) && (i == 0 || w == upper) {
			e.add(upper)
		}
	}
}

// readField adds the method that a field names. before ends with its name, after begins with its
// value.
func (e *effective) readField(before, after string) {
	name := strings.TrimRight(before, " \t\r\n\\\"'")
	if i := strings.LastIndexAny(name, "<&;\"',{(\n"); i >= 0 {
		isElement := name[i] == '<' // with an attribute
		if name = name[i+1:]; !isElement {
			name = name[strings.LastIndexByte(name, ' ')+1:]
		}
	}
	if name == "" {
		return
	}
	open := strings.TrimLeft(after, " \t\r\n")
	value := strings.TrimLeft(open, " \t\r\n\\\"'")
	value = value[:min(len(value), maxAction)]
	if i := strings.IndexAny(value, "\\\"'<>&;,{}[]\r\n"); i >= 0 {
		value = value[:i]
	}
	value = strings.TrimSpace(value)
	method := strings.ToUpper(value)
	switch {
	case isDeletion(name, open):
		e.add("DELETE")
		return
	case isBatchMethod(method):
	case (method == "BASE64" || method == "QUOTED-PRINTABLE") && plainName(name) == "contenttransferencoding":
		e.add(AnyMethod) // of a part that is not read
		return
	case !strings.Contains(value, " ") && deletes(value):
		method = "DELETE"
	default:
		return
	}
	if actionName.MatchString(plainName(name[max(0, len(name)-maxAction):])) {
		e.add(method)
	}
}

func isBatchMethod(upper string) bool {
	return upper != "" && !strings.Contains(upper, " ") && strings.Contains(batchMethods, " "+upper+" ")
}

// maxAction is the longest name or value, in bytes, that can be an action.
const maxAction = 64

// isDeletion reports whether the name of a member is an action that deletes its value, as in the
// bulk format of Elasticsearch, or marks a part of a batch as deleted, as in that of CouchDB.
func isDeletion(name, value string) bool {
	if value == "" || len(name) > maxAction {
		return false
	}
	first := strings.TrimLeft(name, "_$@")
	word := firstWord(first)
	switch {
	case !isDeleting(word):
		return false
	case strings.IndexByte("{[<", value[0]) >= 0:
		return true
	case len(first) < len(name): // a mark of the format
		return strings.IndexByte("fn0", value[0]) < 0 // false, null
	}
	return len(word) == len(first) && value[0] == '"'
}

// deletes reports whether one of the words of a value is an action that deletes.
func deletes(value string) bool {
	for value != "" {
		word := firstWord(value)
		if isDeleting(word) {
			return true
		}
		value = value[max(1, len(word)):]
	}
	return false
}

func isDeleting(word string) bool {
	return word != "" && strings.Contains(deletingWords, " "+strings.ToLower(word)+" ")
}

// firstWord returns the ASCII letters at the beginning of s, up to an upper-case letter after a
// lower-case one.
func firstWord(s string) string {
	for i := range len(s) {
		isSmall := 'a' <= s[i] && s[i] <= 'z'
		isCapital := 'A' <= s[i] && s[i] <= 'Z'
		if !isSmall && (!isCapital || i > 0 && 'a' <= s[i-1] && s[i-1] <= 'z') {
			return s[:i]
		}
	}
	return s
}
