package redact

import (
	"bytes"
	"cmp"
	"net/url"
	"strings"
	"unsafe"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/judge"
	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/flow/redact/rules"
	"github.com/spectap/spectap/flow/redact/scan"
	"github.com/spectap/spectap/internal/ascii"
)

// Body redacts a decoded body by its content, with its Content-Type as a hint. It does not change
// data, and returns data itself if nothing is redacted.
func (r *Redactor) Body(contentType string, data []byte) []byte {
	return settled(r, data, func(data []byte) []byte { return r.bodyAt(contentType, data, 0) })
}

// bodyAt redacts a body that is nested in depth multipart bodies.
func (r *Redactor) bodyAt(contentType string, data []byte, depth int) []byte {
	mt := decode.Kind(decode.MediaType(contentType), data)
	switch {
	case len(data) == 0:
		return data
	case r.isWholeSecret(mt, data):
		r.trace.because(byPath)
		return []byte(r.placeholder(strings.TrimSpace(string(data))))
	case decode.IsEventStream(mt), mt == "text/plain" && len(headOf(stringOf(data[:min(len(data), 4)]))) == 2:
		return r.eventStream(data)
	}
	if p := packingOf(decode.MediaType(contentType), data); p.format != 0 {
		return r.packed(p, data)
	}
	c := decode.FirstByte(data)
	if depth < maxParts && (decode.IsMultipart(mt) || c == '-') {
		if boundary := boundaryOf(contentType, data); boundary != "" {
			return r.multipart(boundary, data, depth)
		}
	}
	if n := prefixLen(data); n > 0 {
		return bytesIfChanged(data, string(data[:n])+r.structured(mt, stringOf(data[n:]), 0))
	}
	return bytesIfChanged(data, r.structured(mt, stringOf(data), 0))
}

// prefixLen returns the length of what stands before the JSON of an answer so that no page can read
// it as a program, or of a message of Socket.IO: )]}', while(1); 42.
func prefixLen(data []byte) int {
	if n := len(data) - len(decode.Unguarded(data)); n > 0 {
		return n
	}
	head := data[:min(len(data), 16)]
	if n := len(head) - len(bytes.TrimLeft(head, "0123456789")); n < len(head) && (head[n] == '[' || head[n] == '{') {
		return n
	}
	return 0
}

// JSON redacts a JSON text. It keeps structure, order, blanks and all other values byte for byte; a
// redacted value becomes a string. From the first syntax error on, for example in a truncated body,
// it treats the rest as text.
func (r *Redactor) JSON(data []byte) []byte { return settled(r, data, r.json) }

func (r *Redactor) json(data []byte) []byte {
	return bytesIfChanged(data, r.structured("application/json", stringOf(data), 0))
}

// structured redacts a text by its media type, or by its content if that is unspecific.
func (r *Redactor) structured(mt, text string, depth int) string {
	switch {
	case decode.IsJSON(mt) || decode.IsJSONLines(mt):
		return r.tree(r.joinedTree(scan.ReadJSON(text)), judge.Context{}, depth)
	case decode.IsForm(mt):
		return r.queryAt(text, false, depth)
	case strings.HasSuffix(mt, "html"), decode.IsXML(mt):
		return r.tree(scan.ReadMarkup(text, !decode.IsXML(mt)), judge.Context{IsMarkup: true}, depth)
	case decode.IsYAML(mt):
		return r.tree(scan.ReadLines(text), judge.Context{}, depth)
	case mt == "text/csv", mt == "text/tab-separated-values":
		return r.tree(scan.ReadTable(text, cmp.Or(tableSeparator(text), ',')), judge.Context{}, depth)
	}
	return r.value(rules.Plain, text, depth)
}

// isMarkup reports whether a text that begins with "<" is XML or HTML.
func isMarkup(text string) bool {
	text = strings.TrimSpace(text)
	if len(text) < 3 || strings.IndexByte(text, '>') < 0 {
		return false
	}
	return ascii.IsLower(text[1]|0x20) || text[1] == '?' || text[1] == '!'
}

// maxLinesOfTable bounds the lines in which the name of a secret is looked for.
const maxLinesOfTable = 4

// tableSeparator returns the separator of a table: a text whose lines have the same number of
// cells, and whose first line has the name of a secret. It returns 0 for other texts.
func tableSeparator(text string) byte {
	lines := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		for _, sep := range []byte(",;\t|") {
			if strings.IndexByte(line, sep) < 0 || len(line) > 4<<10 {
				continue
			}
			for cell := range strings.SplitSeq(line, string(sep)) {
				if cell = strings.Trim(cell, " \"\t"); cell != "" && len(cell) <= 40 && judge.IsColumn(cell) {
					return sep
				}
			}
		}
		if lines++; lines == maxLinesOfTable {
			break
		}
	}
	return 0
}

// isYAMLText reports whether a text has lines of YAML that name a value, or that of a secret.
func isYAMLText(text string) bool {
	return strings.Contains(text, "value: ") && strings.Contains(text, "name: ") || strings.Contains(text, "kind: Secret")
}

// nested redacts a value that is a text with structure: JSON, a form.
func (r *Redactor) nested(value string, depth int) (out string, ok bool) {
	if depth >= maxNested || len(value) < 8 {
		return "", false
	}
	switch v := strings.TrimSpace(value); {
	case v == "":
	case (v[0] == '{' || v[0] == '[') && !strings.HasPrefix(v, mark.Prefix):
		t := scan.ReadJSON(value)
		if len(t.Nodes) > 2 {
			return r.tree(t, judge.Context{}, depth+1), true
		}
	case v[0] == '"' && strings.HasSuffix(v, `"`) && strings.Contains(v, `\"`): // JSON written twice
		return r.tree(scan.ReadJSON(value), judge.Context{}, depth+1), true
	case v[0] == '%' && !strings.ContainsAny(v, " \n=&"): // a value encoded twice
		plain := scan.Unescape(v)
		if out, ok := r.nested(plain, depth+1); ok && out != plain {
			return scan.Percent.Encode(out), true
		}
	case strings.HasPrefix(v, "data:") && !strings.ContainsAny(v, " \n"):
		if head, text, ok := strings.Cut(v, ","); ok && !strings.Contains(head, "base64") {
			plain, _ := url.PathUnescape(text) // of invalid text, ""
			if out := r.structured(decode.Kind(decode.MediaType(head[len("data:"):]), []byte(plain)), plain, depth+1); out != plain {
				return head + "," + url.PathEscape(out), true
			}
		}
	case v[0] == '<' && isMarkup(v):
		return r.tree(scan.ReadMarkup(value, true), judge.Context{IsMarkup: true}, depth+1), true
	case strings.Contains(v[:min(len(v), 16)], "://") && !strings.ContainsAny(v, " \n\t") && strings.ContainsAny(v, "%?#"):
		return r.urlAt(value, false, depth+1), true
	case v[0] == '|' || strings.IndexByte(v, '\n') > 0 || strings.Contains(v, " | "):
		if isYAMLText(v) {
			return r.tree(scan.ReadLines(value), judge.Context{}, depth+1), true
		}
		if sep := tableSeparator(v); sep != 0 {
			return r.value(rules.Plain, r.tree(scan.ReadTable(value, sep), judge.Context{}, depth+1), maxNested), true
		}
	case isForm(v):
		return r.queryAt(value, false, depth+1), true
	}
	return "", false
}

// isForm reports whether a value is a form of several pairs.
func isForm(v string) bool {
	first, rest, ok := strings.Cut(v, "&")
	if !ok || strings.ContainsAny(v[:min(len(v), 4<<10)], " \n\t<>\"{") || strings.HasPrefix(rest, "amp;") {
		return false
	}
	k := strings.IndexByte(first, '=')
	return k > 0 && !strings.ContainsAny(first[:k], "/:?")
}

// edit replaces a part of a text.
type edit struct {
	at  scan.Span
	out string
}

// tree redacts the values and names of a tree, and what its reader did not read.
func (r *Redactor) tree(t *scan.Tree, c judge.Context, depth int) string {
	out := apply(t.Text[:t.Rest], r.edits(t, c, depth))
	if t.Rest < len(t.Text) {
		out += r.value(rules.Plain, t.Text[t.Rest:], maxNested)
	}
	return out
}

// contextFor returns what the body of a tree says of it, with what the tree is.
func (r *Redactor) contextFor(c judge.Context, depth int) judge.Context {
	at := r.context
	at.IsMarkup, at.IsRedirect, at.Opens = c.IsMarkup, c.IsRedirect, c.Opens || at.Opens && c.IsRedirect
	if depth > 0 {
		at.Whole = rules.Plain
	}
	if len(r.rules.names) > 0 {
		at.Class = r.rules.class
	}
	if r.trace != nil {
		at.Reasons = map[int32]string{}
	}
	return at
}

// edits returns the edits that redact the values and names of a tree, in order.
func (r *Redactor) edits(t *scan.Tree, c judge.Context, depth int) []edit {
	c = r.contextFor(c, depth)
	classes := judge.Classes(t, c)
	if c.IsMarkup {
		codesInMarkup(t, classes, c.Reasons)
	}
	selected := r.rules.selected(t)
	around := r.trace.names()
	defer r.trace.enter(around, nil, 0)
	var edits []edit
	secretEnd := int32(-2) // of the last secret
	for i := range t.Nodes {
		n := &t.Nodes[i]
		if n.Names == scan.Percent && n.Name.End == n.Value.Start && n.Name.Start == secretEnd+1 { // not encoded: password=abc&def
			secretEnd = n.Name.End
			edits[len(edits)-1].at.End = secretEnd
			continue
		}
		if n.Name.Len() > 0 && n.Parent >= 0 {
			if name := t.NameOf(int32(i)); len(name) >= minShape || r.rules.hasRegexps() {
				r.trace.enter(around, t, int32(i))
				if out := r.name(name); out != name {
					edits = append(edits, edit{n.Name, n.Names.Encode(out)})
				}
			}
		}
		class := classes[i]
		if selected[int32(i)] {
			class = rules.Secret
		}
		if r.trace != nil {
			r.trace.enter(around, t, int32(i))
			r.trace.setClass(byNumber)
			if class >= rules.Weak {
				r.trace.setClass(r.becauseOf(t, int32(i), c.Reasons, selected[int32(i)]))
			}
		}
		switch n.Kind {
		case scan.String:
			if n.Value.Len() == 0 {
				continue
			}
			v := t.ValueOf(int32(i))
			out := v
			if r.rules.formats != nil {
				out = r.byUserFormat(nameAround(t, int32(i)), v)
			}
			out = r.value(class, out, depth)
			if out == v && class < rules.Weak && strings.Contains(v, "://") && judge.NamesLink(nameAround(t, int32(i))) {
				one := *r
				one.context.Opens = true
				out = one.urlAt(v, true, depth)
			}
			if out != v {
				edits = append(edits, edit{n.Value, n.Values.Encode(out)})
				if class == rules.Secret {
					secretEnd = n.Value.End
				}
			}
		case scan.Number:
			v := t.ValueOf(int32(i))
			isFound := false
			if r.rules.formats != nil {
				if found := r.rules.find(nameAround(t, int32(i)), v); len(found) > 0 {
					isFound = true
					r.trace.setClass(found[0].why)
				}
			}
			if isFound || r.hidesNumber(t, int32(i), class, v) {
				r.trace.becauseOfClass()
				edits = append(edits, edit{n.Value, `"` + r.numberPlaceholder(v) + `"`})
			}
		}
	}
	return edits
}

// nameAround returns the name of a value, or of what it is an element or the text of.
func nameAround(t *scan.Tree, i int32) string {
	return cmp.Or(t.NameOf(i), t.NameOf(t.Nodes[i].Parent))
}

// codesInMarkup finds codes whose label stands before or behind tags: Your code is <b>482913</b>.
func codesInMarkup(t *scan.Tree, classes []rules.Class, reasons map[int32]string) {
	k := 0
	for _, m := range rules.FindCodes(nil, t.Text) {
		for ; k < len(t.Nodes) && (t.Nodes[k].Kind <= scan.Array || int(t.Nodes[k].Value.End) < m.End); k++ {
		}
		if k < len(t.Nodes) && int(t.Nodes[k].Value.Start) >= m.Start {
			classes[k] = rules.Secret
			if reasons != nil {
				reasons[int32(k)] = m.Rule.Description
			}
		}
	}
}

func apply(text string, edits []edit) string {
	if len(edits) == 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 32*len(edits))
	done := int32(0)
	for _, e := range edits {
		b.WriteString(text[done:e.at.Start])
		b.WriteString(e.out)
		done = e.at.End
	}
	return b.String() + text[done:]
}

// hidesNumber reports whether a number of JSON is a secret. One under a plural counts things, and
// one called an id is one of a table.
func (r *Redactor) hidesNumber(t *scan.Tree, i int32, c rules.Class, v string) bool {
	n := &t.Nodes[i]
	switch c {
	case rules.Secret:
		if n.Name.Len() > 0 {
			low := strings.ToLower(t.NameOf(i))
			return !strings.HasSuffix(low, "s") && !strings.HasSuffix(low, "id")
		}
		return !strings.HasSuffix(t.NameOf(n.Parent), "tokens")
	case rules.Identity:
		return judge.IsPersonal(v)
	case rules.Code, rules.Shown:
		return judge.IsCode(v)
	case rules.Identifier:
		return false
	}
	return len(v) >= 13 && judge.Kind(v) == mark.Card
}

// name redacts the name of a member, parameter or cookie, which may be a token or an address.
func (r *Redactor) name(name string) string {
	name = r.byUser(name)
	if len(name) < judge.MinRandomLen && strings.IndexFunc(name, func(c rune) bool { return !isNameByte(byte(c)) || ascii.IsDigit(byte(c)) }) < 0 {
		return name
	}
	return r.text(name, rules.Plain, maxNested)
}

func bytesIfChanged(data []byte, text string) []byte {
	if string(data) == text {
		return data
	}
	return []byte(text)
}

// stringOf returns bytes as a string without copying them. They must not change.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
