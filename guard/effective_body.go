package guard

import (
	"slices"
	"strings"
)

// knownMethods are the methods of RFC 9110 and of common extensions.
var knownMethods = strings.Fields("GET HEAD OPTIONS TRACE POST PUT PATCH DELETE MERGE PURGE QUERY SEARCH REPORT PROPFIND PROPPATCH " +
	"MKCOL MKCALENDAR ACL COPY MOVE LOCK UNLOCK BIND UNBIND REBIND LINK UNLINK SUBSCRIBE UNSUBSCRIBE NOTIFY")

var (
	// actionWords are parts of the names of fields that name the action of a part of a batch.
	actionWords = []string{"method", "override", "verb", "action", "operation", "command", "cmd", "changetype", "requesttype"}
	// deletingWords are parts of actions that count as DELETE.
	deletingWords = []string{"delete", "remove", "destroy", "erase", "purge", "unlink"}
)

// maxAction is the longest name or value, in bytes, that can be an action.
const maxAction = 64

// lineEnds maps line ends, also as escapes in a JSON string, to one form.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", `\r\n`, "\n", `\n`, "\n")

// readBody adds the methods that a body names for itself or its parts. It scans the text, in time
// linear in its length, rather than parse a format. So it finds a batch in any wrapping: JSON
// lists, NDJSON, parts of multipart/mixed, XML, forms, and JSON within JSON strings. A false
// positive costs a needless question.
func (e *effective) readBody(body []byte) {
	small := make([]byte, 0, len(body))
	for _, c := range []byte(unescape(strings.ReplaceAll(string(body), "\x00", ""))) { // of UTF-16
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		small = append(small, c)
	}
	s := lineEnds.Replace(string(small))
	for i := range len(s) {
		if s[i] == ':' || s[i] == '=' || s[i] == '>' {
			e.readMember(s[:i], s[i+1:])
		}
	}
	if !strings.Contains(s, " http/") {
		return
	}
	for line := range strings.FieldsFuncSeq(s, isLineEnd) {
		method, target, _ := strings.Cut(strings.TrimLeft(line, " \t"), " ")
		if isMethod(method) && strings.Contains(target, " http/") {
			e.add(strings.ToUpper(method))
		}
	}
}

// isLineEnd reports whether r may end a request line, also in a string.
func isLineEnd(r rune) bool { return r == '\n' || r == '"' || r == '\'' }

// readMember adds the method that a member names: {"method":"DELETE"}, <method value="DELETE"/>,
// {"delete":{}}, {"_deleted":true}, a part of a form. before ends with its name, after begins with
// its value.
func (e *effective) readMember(before, after string) {
	name := strings.TrimRight(before, " \t\n\\\"']")
	name = name[max(0, len(name)-maxAction):]
	name = strings.TrimLeft(name[strings.LastIndexAny(name, ":=><&;\"',{(\n")+1:], " \t")
	after = after[:min(len(after), 16*maxAction)]
	if strings.Contains(name, "name") { // of a part, whose value follows its head
		if head, value, found := strings.Cut(after, "\n\n"); found && namesAction(head) {
			name, after = head, value
		}
	}
	open := strings.TrimLeft(after, " \t\n\\")
	value := strings.TrimLeft(open, " \t\n\\\"'+[({")
	word := value[:min(len(value), maxAction)]
	if i := strings.IndexFunc(word, isNoWord); i >= 0 {
		word = word[:i]
	}
	switch {
	case isDeletion(name, open, value):
		e.add("DELETE")
	case !namesAction(name):
	case isMethod(word):
		e.add(strings.ToUpper(word))
	case containsAny(word, deletingWords), word == "del", word == "rm":
		e.add("DELETE")
	case word == "base64", word == "quoted-printable": // of a part that is not read
		e.add(AnyMethod)
	}
}

func isNoWord(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("_.:/-", r)
}

func isMethod(lower string) bool { return slices.Contains(knownMethods, strings.ToUpper(lower)) }

func containsAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}

// namesAction reports whether a member of this name holds an action, or the coding of a part.
func namesAction(name string) bool {
	return containsAny(name, actionWords) || strings.HasSuffix(name, "op") || strings.HasSuffix(name, "optype") ||
		strings.HasSuffix(name, "opcode") || strings.HasSuffix(name, "transfer-encoding")
}

// isDeletion reports whether a member is an action that deletes its value, as in the bulk format of
// Elasticsearch, or marks a part of a batch as deleted, as in that of CouchDB. open is the value
// with its quotes.
func isDeletion(name, open, value string) bool {
	action := strings.TrimLeft(name, "_$@")
	if open == "" || !slices.ContainsFunc(deletingWords, func(word string) bool { return strings.HasPrefix(action, word) }) {
		return false
	}
	isTrue := value != "" && strings.IndexByte("fn0", value[0]) < 0 // not false, null
	return strings.IndexByte("{[<", open[0]) >= 0 || len(action) < len(name) && isTrue ||
		open[0] == '"' && slices.Contains(deletingWords, strings.TrimRight(action, "ds"))
}
