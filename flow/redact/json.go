package redact

import (
	"encoding/json"
	"strings"
)

// maxNested bounds JSON inside strings of JSON.
const maxNested = 3

// JSON redacts a JSON text. Structure, order, blanks and every value that stays are kept byte for byte; a value
// that goes becomes a string. What is no JSON (a text cut in the middle, from where it ends) is treated as text.
// Memory beside the result is bounded by the depth of the text.
func (r *Redactor) JSON(data []byte) []byte { return r.json(data, 0) }

func (r *Redactor) json(data []byte, depth int) []byte {
	w := jsonWalk{r: r, in: data, depth: depth}
	w.run()
	if w.out == nil {
		return data
	}
	return append(w.out, data[w.done:]...)
}

// nested redacts a string that is JSON itself.
func (r *Redactor) nested(s string) (string, bool) {
	if len(s) < 2 || (s[0] != '{' && s[0] != '[') || isMark(s[:max(2, markLen(s))]) || !json.Valid(bytesOf(s)) {
		return s, false
	}
	if !strings.Contains(s, `"`) {
		return s, false
	}
	return string(r.json([]byte(s), maxNested)), true
}

// frame is one open object or array.
type frame struct {
	array bool
	class Class // of the name that the array has: its elements inherit it
	path  int   // length of jsonWalk.path at its start
	index int
	// named is the class of what the object calls the name of its value: {"name": "password", "value": …}.
	named Class
	grant bool // it has a member that stands beside a code that is exchanged for a token
}

// jsonWalk goes through a JSON text once and copies it only from the first change on.
type jsonWalk struct {
	r     *Redactor
	in    []byte
	out   []byte
	done  int // how much of in is in out
	depth int

	stack   []frame
	state   jsonState
	class   Class  // of the value that comes next
	name    []byte // of the value that comes next, as it stands in the text
	nameAt  int    // where it starts; -1 for none
	path    []string
	classes classCache
}

// jsonState is what may come next.
type jsonState uint8

const (
	wantValue jsonState = iota
	wantFirst           // the first element of an array, or its end
	wantName
	wantFirstName // the first name of an object, or its end
	wantColon
	wantNext // a comma or an end
)

func (w *jsonWalk) run() {
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
			w.rest(i)
			return
		}
		i = end
	}
}

// step reads what starts with c at i, and returns where it ends. false says that it does not belong there.
func (w *jsonWalk) step(i int, c byte) (end int, ok bool) {
	value := w.state == wantValue || w.state == wantFirst
	switch c {
	case '{', '[':
		if !value || c == '[' && markLen(stringOf(w.in[i:])) > 0 {
			return i, false
		}
		w.open(c == '[')
		return i + 1, true
	case '}', ']':
		return i + 1, w.close(c == ']')
	case ',':
		return i + 1, w.next()
	case ':':
		ok, w.state = w.state == wantColon, wantValue
		return i + 1, ok
	case '"':
		end, escaped := stringEnd(w.in, i+1)
		switch {
		case end < 0:
			return i, false
		case value:
			w.str(i, end, escaped)
			w.after()
		case w.state == wantName || w.state == wantFirstName:
			w.member(i, end, escaped)
			w.state = wantColon
		default:
			return i, false
		}
		return end + 1, true
	}
	if !value {
		return i, false
	}
	for end = i + 1; end < len(w.in) && !isDelim(w.in[end]); {
		end++
	}
	if !isLiteral(w.in[i:end]) {
		return i, false
	}
	w.literal(i, end)
	w.after()
	return end, true
}

// after is called at the end of a value.
func (w *jsonWalk) after() {
	w.state, w.nameAt = wantNext, -1
	if len(w.stack) == 0 {
		w.state, w.class = wantValue, Plain // another text may follow
	}
}

func (w *jsonWalk) open(array bool) {
	f := frame{array: array, path: len(w.path)}
	if w.r.rules.hasPaths() {
		w.pushPath()
	}
	if w.class == Secret || w.class == Personal {
		f.class = w.class
		if !array {
			f.class, f.named = Weak, w.class // {"credentials": {"value": …}}
		}
	}
	w.stack = append(w.stack, f)
	w.class, w.nameAt = f.class, -1
	if w.state = wantFirstName; array {
		w.state = wantFirst
	}
}

func (w *jsonWalk) close(array bool) bool {
	n := len(w.stack)
	if n == 0 || w.stack[n-1].array != array || w.state != wantNext && w.state != wantFirst && w.state != wantFirstName {
		return false
	}
	w.path = w.path[:w.stack[n-1].path]
	w.stack = w.stack[:n-1]
	w.after()
	return true
}

func (w *jsonWalk) next() bool {
	n := len(w.stack)
	if n == 0 || w.state != wantNext {
		return false
	}
	f := &w.stack[n-1]
	f.index++
	w.class = f.class
	if f.array && f.index == 1 && f.class == Plain {
		w.class = f.named
	}
	if w.state = wantName; f.array {
		w.state = wantValue
	}
	return true
}

// inherit gives a member whose name tells nothing the class of the object it is in.
func (w *jsonWalk) inherit() {
	if n := len(w.stack); n > 0 && w.class == Plain {
		w.class = w.stack[n-1].class
	}
}

// member reads a member's name.
func (w *jsonWalk) member(i, end int, escaped bool) {
	raw := w.in[i+1 : end]
	w.name, w.nameAt = raw, i
	if w.class = w.classes.of(raw); escaped {
		w.class = ClassOf(unquote(w.in[i : end+1]))
	}
	if w.class == Plain && isValueName(raw) {
		w.class = w.stack[len(w.stack)-1].named
	}
	w.inherit()
	switch f := &w.stack[len(w.stack)-1]; {
	case w.class == Weak && isCodeName(stringOf(raw)):
		if w.grantBeside(end + 1) {
			w.class = Secret
		}
	case isGrantName(stringOf(raw), true):
		f.grant = true
	}
	// A map may have addresses or tokens for names.
	if len(raw) >= 6 && w.class != Secret {
		name := stringOf(raw)
		if escaped {
			name = unquote(w.in[i : end+1])
		}
		if _, ok := find(name, 0, Identifier); ok {
			w.replace(i, end+1, w.r.spans(name, Identifier))
		}
	}
}

// str reads a string value.
func (w *jsonWalk) str(i, end int, escaped bool) {
	class := w.class
	if w.r.rules.hasPaths() && w.hitsPath() {
		class = Secret
	}
	raw := w.in[i+1 : end]
	value := stringOf(raw)
	if escaped {
		value = unquote(w.in[i : end+1])
	}
	w.noteName(value)
	if !escaped && class == Plain && len(raw) < 5 && !w.r.rules.hasRegexps() {
		return
	}
	if w.depth < maxNested && len(value) > 1 && (value[0] == '{' || value[0] == '[') && class != Secret {
		if json.Valid(bytesOf(value)) {
			if out := w.r.json(bytesOf(value), w.depth+1); string(out) != value {
				w.replace(i, end+1, string(out))
			}
			return
		}
	}
	if !w.r.touches(class, value) {
		return
	}
	if out := w.r.value(class, value); out != value {
		w.replace(i, end+1, out)
	}
}

// noteName remembers what an object, or a list of two, calls the name of its value.
func (w *jsonWalk) noteName(value string) {
	if len(w.stack) == 0 {
		return
	}
	f := &w.stack[len(w.stack)-1]
	if f.array {
		// ["Authorization", "abc"]: a name and its value, or two words of a list.
		if f.index == 0 && f.class == Plain && ClassOf(value) == Secret {
			f.named = Weak
		}
		return
	}
	if isNameName(w.name) {
		f.named = Plain
		if c := ClassOf(value); c == Secret || c == Personal {
			f.named = c
		}
	}
}

// literal reads a number, true, false or null.
func (w *jsonWalk) literal(i, end int) {
	raw := w.in[i:end]
	hit := w.r.rules.hasPaths() && w.hitsPath()
	if len(raw) == 0 || !isDigit(raw[0]) && raw[0] != '-' {
		return
	}
	value := stringOf(raw)
	switch {
	case hit:
	case w.class == Secret && !w.isCount():
	case w.class == Personal && isPersonalValue(value):
	case w.class == OneTime && isOneTimeCode(value):
	case len(raw) >= 13 && w.class != Identifier:
		var buf [19]byte
		if d, ok := digitsOf(value, &buf); !ok || !isCard(d) {
			return
		}
	default:
		return
	}
	w.replace(i, end, w.r.placeholder(value))
}

// isCount says whether the name of the value is of the kind that counts: "tokens": 12, "pass": 3.
func (w *jsonWalk) isCount() bool {
	return len(w.name) > 1 && w.name[len(w.name)-1] == 's'
}

// rest treats what is left as text: from i on, or from the name of the value at i.
func (w *jsonWalk) rest(i int) {
	if w.nameAt >= w.done {
		i = w.nameAt
	} else if w.class == Secret && w.in[i] == '"' { // an element of a list of secrets, cut off
		if tail := string(w.in[i+1:]); !isHarmless(tail) {
			w.raw(i+1, len(w.in), w.r.placeholder(tail))
		}
		return
	}
	tail := string(w.in[i:])
	if out := w.r.spans(w.r.rules.text(w.r, tail), Plain); out != tail {
		w.raw(i, len(w.in), out)
	}
}

// replace puts a string in the place of in[i:end].
func (w *jsonWalk) replace(i, end int, value string) {
	w.raw(i, end, quote(value))
}

func (w *jsonWalk) raw(i, end int, text string) {
	if w.out == nil {
		w.out = make([]byte, 0, len(w.in)+64)
	}
	w.out = append(w.out, w.in[w.done:i]...)
	w.out = append(w.out, text...)
	w.done = end
}

// touches says whether value would change anything.
func (r *Redactor) touches(c Class, value string) bool {
	return c.Sensitive(value) || r.rules.hasRegexps()
}
