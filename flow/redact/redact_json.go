package redact

import (
	"encoding/json"
	"strings"

	"github.com/spectap/spectap/flow/jsonscan"
	"github.com/spectap/spectap/flow/redact/find"
	"github.com/spectap/spectap/flow/redact/grant"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
)

// JSON redacts a JSON text. It keeps structure, order, blanks and all other values byte for byte; a
// redacted value becomes a string. From the first syntax error on, for example in a truncated body,
// it treats the rest as text. Memory beside the result is bounded.
func (r *Redactor) JSON(data []byte) (out []byte) {
	defer hide(r, &out, data)
	// What is replaced before a syntax error can move the error or mend it, so that the next
	// redaction would take another part for text.
	for range maxPasses {
		w := jsonRedactor{r: r, in: data}
		out = w.text()
		if w.valid || w.out == nil {
			return out
		}
		data = out
	}
	return data
}

// maxPasses bounds how often a text with a syntax error is redacted. The last pass usually changes
// nothing.
const maxPasses = 4

// jsonOnce redacts a JSON text that has no syntax error.
func (r *Redactor) jsonOnce(data []byte) []byte {
	w := jsonRedactor{r: r, in: data}
	return w.text()
}

// maxDepth bounds the objects and arrays that are open at once, as decoders do. Deeper text is
// treated as text.
const maxDepth = 10_000

// jsonFrame is an open object or array.
type jsonFrame struct {
	array       bool
	name        []byte            // of the object or array, as written in the text
	sensitivity names.Sensitivity // of an array's elements, or Below if an object has a secret name
	pathLen     int               // length of jsonRedactor.path at its start
	start       int               // where its content starts
	elements    []int             // where each of its elements starts, nil until somebody asks
	index       int
	// valueSensitivity is the sensitivity of the name that another member gives the value: {"name":
	// "password", "value": …}.
	valueSensitivity names.Sensitivity
	hasGrantMember   bool // it has a member that belongs to a grant; see grant.IsName
	isKey            bool // it has the type of a JSON Web Key
	isManifest       bool // it is a manifest of the kind Secret
	listsManifests   bool // it is a list of such manifests, which do not repeat the kind
	passwordParam    int  // of a call of JSON-RPC, the number of the parameter that is a password, or 0
	call             callKind
	logsIn           bool // it is a message that logs in
	isChange         bool // it tells how a secret changed
	hasAccess        bool // it has a member "access" so far
	hasRefresh       bool // it has a member "refresh" so far
	list             jsonList
}

// jsonRedactor scans a JSON text once. It copies the text only from the first change on.
type jsonRedactor struct {
	r     *Redactor
	in    []byte
	out   []byte
	done  int  // number of bytes of in that are in out
	valid bool // no syntax error was found

	stack       []jsonFrame
	state       jsonState
	sensitivity names.Sensitivity // of the next value
	name        []byte            // of the next value, as written in the text
	nameAt      int               // start of name; -1 if there is none
	role        names.PairRole    // of the next value
	path        []string
	argument    find.Span       // in a list of arguments; see redactArgument
	variables   map[string]bool // of a statement that are secrets, nil if none are
	root        []byte          // the name of the whole text, if it has one
	searched    int             // bytes in which columns were looked for
	cache       sensitivityCache
	flatSecrets map[int]bool // where the strings of a flattened list start that are secrets
}

// jsonState is the token that may come next.
type jsonState uint8

const (
	wantValue jsonState = iota
	wantFirst           // first element of an array, or its end
	wantName
	wantFirstName // first name of an object, or its end
	wantColon
	wantNext // comma or end
)

// text returns the redacted text.
func (w *jsonRedactor) text() []byte {
	w.run()
	if w.out == nil {
		return w.in
	}
	return append(w.out, w.in[w.done:]...)
}

// run scans the text to its end or to the first syntax error.
func (w *jsonRedactor) run() {
	w.nameAt = -1
	for i := 0; i < len(w.in); {
		c := w.in[i]
		switch c {
		case ' ', '\n', '\t', '\r':
			i++
			continue
		}
		end, ok := w.step(i, c)
		if !ok {
			w.redactRest(i)
			return
		}
		i = end
	}
	w.valid = true
}

// step reads the token at i, which starts with c, and returns its end. ok is false if the token is
// not allowed there.
func (w *jsonRedactor) step(i int, c byte) (end int, ok bool) {
	value := w.wantsValue()
	switch c {
	case '{', '[':
		if !value || mark.Len(stringOf(w.in[i:])) > 0 || len(w.stack) == maxDepth {
			return i, false
		}
		if end := w.bytesEnd(i); end > 0 {
			w.replace(i, end, w.r.placeholder(string(w.in[i:end])))
			w.endValue()
			return end, true
		}
		w.open(i, c == '[')
		return i + 1, true
	case '}', ']':
		return i + 1, w.close(c == ']')
	case ',':
		return i + 1, w.next()
	case ':':
		ok, w.state = w.state == wantColon, wantValue
		return i + 1, ok
	case '"':
		end, escaped := jsonscan.StringEnd(w.in, i)
		switch {
		case end < 0:
			return i, false
		case value:
			w.stringValue(i, end-1, escaped)
			w.endValue()
		case w.state == wantName || w.state == wantFirstName:
			w.member(i, end-1, escaped)
			w.state = wantColon
		default:
			return i, false
		}
		return end, true
	}
	if !value {
		return i, false
	}
	for end = i + 1; end < len(w.in) && !isDelim(w.in[end]); {
		end++
	}
	if !lex.IsLiteral(stringOf(w.in[i:end])) {
		return i, false
	}
	w.literal(i, end)
	w.endValue()
	return end, true
}

// endValue updates the state at the end of a value.
func (w *jsonRedactor) endValue() {
	w.state, w.nameAt = wantNext, -1
	if len(w.stack) == 0 {
		w.state, w.sensitivity = wantValue, names.Plain // another text may follow
	}
}

// open begins an object or array.
func (w *jsonRedactor) open(i int, array bool) {
	f := jsonFrame{array: array, pathLen: len(w.path), start: i + 1}
	if w.r.rules.hasPaths() {
		w.pushPath()
	}
	switch n := len(w.stack); {
	case w.nameAt >= 0:
		f.name = w.name
	case n == 0:
		f.name = w.root
	case w.stack[n-1].array && array:
		f.name = w.stack[n-1].name
	}
	switch {
	case w.sensitivity == names.Secret && !array:
		f.sensitivity, f.valueSensitivity = names.Below, names.Secret
	case array || w.sensitivity == names.Below:
		f.sensitivity = w.sensitivity
	case w.sensitivity == names.Personal:
		f.sensitivity, f.valueSensitivity = names.Weak, names.Personal // {"ssn": {"value": …}}
	}
	if n := len(w.stack); n > 0 && !array && w.stack[n-1].valueSensitivity == names.Secret && !w.stack[n-1].array && f.valueSensitivity == names.Plain &&
		names.CarriesChange(stringOf(f.name)) {
		f.valueSensitivity, f.isChange = names.Secret, w.stack[n-1].isChange
	}
	if !array && string(f.name) == "property" && f.valueSensitivity == names.Plain {
		f.valueSensitivity = w.nameAfter(i) // {"property": {"value": …}, "name": "password"}
	}
	w.openList(&f, i)
	w.stack = append(w.stack, f)
	w.sensitivity, w.nameAt = f.sensitivity, -1
	if f.list.cells.has(0) {
		w.sensitivity = names.Secret
	}
	if w.state = wantFirstName; array {
		w.state = wantFirst
	}
}

// close ends an object or array. It returns false on a syntax error.
func (w *jsonRedactor) close(array bool) bool {
	n := len(w.stack)
	if n == 0 || w.stack[n-1].array != array || w.state != wantNext && w.state != wantFirst &&
		w.state != wantFirstName {
		return false
	}
	w.closeList()
	w.path = w.path[:w.stack[n-1].pathLen]
	w.stack = w.stack[:n-1]
	w.endValue()
	return true
}

// next handles a comma. It returns false on a syntax error.
func (w *jsonRedactor) next() bool {
	n := len(w.stack)
	if n == 0 || w.state != wantNext {
		return false
	}
	f := &w.stack[n-1]
	f.index++
	w.sensitivity = f.sensitivity
	if f.array && f.index == 1 && f.sensitivity == names.Plain {
		w.sensitivity = f.valueSensitivity
	}
	if f.list.cells.has(f.index) || f.list.namesNext {
		w.sensitivity = names.Secret
	}
	if w.state = wantName; f.array {
		w.state = wantValue
	}
	return true
}

// inheritSensitivity adds to the sensitivity of a member's name what the name of its object says.
func (w *jsonRedactor) inheritSensitivity(f *jsonFrame, name string) {
	switch {
	case (w.r.path.chosen && len(w.stack) == 1 || f.isChange) && names.IsStateOfSecret(name):
		w.sensitivity = names.Secret
	case w.sensitivity == names.Secret && names.HoldsErrors(stringOf(f.name)):
		w.sensitivity = names.Shown // {"errors": {"password": ["is too short"]}}
	case f.sensitivity == names.Below:
		if w.sensitivity = names.OfBelow(name, w.sensitivity); w.sensitivity == names.Plain && name == "kind" && w.opensObject() {
			w.sensitivity = names.Below // a value of protobuf: {"kind": {"stringValue": …}}
		}
	case w.sensitivity == names.Plain && f.sensitivity == names.Weak:
		w.sensitivity = names.Weak
	case len(f.name) > 0:
		w.sensitivity = names.OfJoined(stringOf(f.name), name, w.sensitivity)
	}
}

// member reads the name of a member.
func (w *jsonRedactor) member(i, end int, escaped bool) {
	raw, name := w.memberName(i, end, escaped)
	w.name, w.nameAt = raw, i
	if w.sensitivity, w.role = w.cache.of(raw); len(raw) != len(name) {
		w.sensitivity, w.role = names.SensitivityOf(name), names.PairRoleOf(name)
	}
	if len(raw) > 1 && raw[0] == '_' && w.sensitivity == names.Plain {
		w.readFlatName(raw)
	}
	if w.r.aliases[name] {
		w.sensitivity = names.Secret
	}
	f := &w.stack[len(w.stack)-1]
	if w.sensitivity == names.Plain && w.role >= names.ValueRole {
		pair := f.valueSensitivity
		if pair == names.Plain && (names.HoldsValue(name) || w.role == names.ChangeRole || w.role == names.TextRole && w.opensString(end+1)) {
			pair = w.nameAfter(end + 1)
		}
		if pair == names.Plain && w.r.path.named && names.HoldsValue(name) {
			pair = names.Secret
		}
		w.sensitivity = names.OfRole(w.role, pair)
	}
	w.expectColumns(f, end+1)
	w.inheritSensitivity(f, name)
	if w.sensitivity <= names.Weak && len(w.stack) <= maxPathDepth {
		w.sensitivity = w.ofPath(name)
	}
	if w.sensitivity <= names.Weak || w.sensitivity == names.Shown {
		w.sensitivity = w.ofKind(f, name, end+1)
	}
	if w.isTokenOfPair(f, name, end+1) && w.sensitivity == names.Plain {
		w.sensitivity = names.Weak
	}
	switch {
	case w.sensitivity == names.Weak && grant.IsCode(name):
		if w.hasGrantSibling(end + 1) {
			w.sensitivity = names.Secret
		}
	case grant.IsName(name, true):
		f.hasGrantMember = true
	}
}

// stringValue reads a string value.
func (w *jsonRedactor) stringValue(i, end int, escaped bool) {
	sensitivity := w.sensitivity
	if w.r.rules.hasPaths() && w.matchesRule() {
		sensitivity = names.Secret
	}
	raw := w.in[i+1 : end]
	value := stringOf(raw)
	if escaped {
		value = unquote(w.in[i : end+1])
	}
	w.recordName(value, end+1)
	if sensitivity == names.Below && w.isNameOfPair(value, end+1) {
		return
	}
	if sensitivity = w.ofBody(sensitivity, value); w.flatSecrets[i] {
		sensitivity = names.Secret
	}
	if sensitivity <= names.Weak && w.isPairValue(end+1, value) {
		sensitivity = names.Below
	}
	if sensitivity != names.Secret && w.redactArgument(i, end) {
		return
	}
	if !escaped && sensitivity == names.Plain && len(raw) < 5 && !w.r.rules.hasRegexps() {
		return
	}
	if n := packetPrefix(bytesOf(value)); len(value) > n+1 && (value[n] == '{' || value[n] == '[') && sensitivity != names.Secret {
		if json.Valid(bytesOf(value[n:])) {
			if out := w.r.jsonOnce(bytesOf(value[n:])); string(out) != value[n:] {
				w.replace(i, end+1, value[:n]+string(out))
			}
			return
		}
	}
	name := w.nameOfValue()
	if sensitivity != names.Secret {
		if from, ok := phrase.OfAccount(name, value); ok && !names.NamesAccount(name) {
			w.replace(i, end+1, value[:from]+w.r.redactValue(names.Secret, value[from:]))
			return
		}
	}
	if sensitivity < names.Secret && strings.HasPrefix(value, "http") && names.NamesLink(name) {
		if out := w.r.link(value); out != value {
			w.replace(i, end+1, w.r.redactValue(sensitivity, out))
			return
		}
	}
	if out := w.r.redactValue(sensitivity, value); out != value {
		w.replace(i, end+1, out)
	}
}

// wantsValue reports whether a value may come next.
func (w *jsonRedactor) wantsValue() bool { return w.state == wantValue || w.state == wantFirst }
