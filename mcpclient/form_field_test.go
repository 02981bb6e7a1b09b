package mcpclient

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

func TestField(t *testing.T) {
	for _, x := range []struct{ schema, typed, want string }{
		{`{"type":"string","minLength":2}`, "a", ""}, {`{"type":"string","maxLength":2}`, "äöü", ""}, {`{"type":"string"}`, `a"b`, `"a\"b"`},
		{`{"type":"string","format":"email"}`, "a@b.example", `"a@b.example"`}, {`{"type":"string","format":"email"}`, "A <a@b.example>", ""},
		{`{"type":"string","format":"uri"}`, "no", ""}, {`{"type":"string","format":"date"}`, "2026-02-30", ""}, {`{"type":"string","format":"date"}`, "2026-02-28", `"2026-02-28"`},
		{`{"type":"string","format":"date-time"}`, "2026-02-28T10:00:00Z", `"2026-02-28T10:00:00Z"`}, {`{"type":"string","pattern":"^a+$"}`, "b", ""},
		{`{"type":"string","pattern":"(?!x)"}`, "b", `"b"`}, {`{"type":"integer"}`, "9007199254740993", "9007199254740993"}, {`{"type":"integer"}`, "1.5", ""},
		{`{"type":"integer"}`, "true", ""}, {`{"type":"number","maximum":2}`, "2.50", ""}, {`{"type":"number"}`, "2.50", "2.50"}, {`{"type":"number"}`, "NaN", ""},
		{`{"type":"number"}`, "1e999", ""}, {`{"type":"boolean"}`, "Y", "true"}, {`{"type":"boolean"}`, "no", "false"}, {`{"type":"boolean"}`, "perhaps", ""},
		{`{"type":"string","enum":["a","b"],"enumNames":["Alpha","Beta"]}`, "Beta", `"b"`}, {`{"type":"string","enum":["a","b"]}`, "1", `"a"`},
		{`{"type":"string","enum":["a","2"]}`, "2", `"2"`}, {`{"type":"string","enum":["a","b"]}`, "3", ""}, {`{"type":"string","oneOf":[{"const":"x","title":"Ex"}]}`, "Ex", `"x"`},
		{`{"type":"array","items":{"enum":["a","b"]},"maxItems":2}`, "2, a", `["b","a"]`}, {`{"type":"array","items":{"anyOf":[{"const":"x","title":"Ex"}]},"minItems":2}`, "Ex", ""},
		{`{"type":5}`, "text", `"text"`},
		{`{"type":"array","items":{"enum":["a","b"]}}`, "b,", ""}, {`{"type":"string","enum":["a","b"]}`, "0", ""}, {`{"type":"string","enum":["","b"]}`, "", `""`},
		{`{"type":"array"}`, "x, y", `["x","y"]`}, {`{"type":"string","enum":["a","b"],"enumNames":["Alpha"]}`, "b", `"b"`},
	} {
		t.Run(x.typed, func(t *testing.T) {
			f := readField(json.RawMessage(x.schema))
			got, err := f.parse(x.typed)
			if err != nil {
				got = nil
			}
			if string(got) != x.want {
				t.Errorf("%s: %s %v, want %s", x.schema, got, err, x.want)
			}
		})
	}
}

// TestFieldErrors says what an answer must be. The neighbour of each bound is valid.
func TestFieldErrors(t *testing.T) {
	for _, x := range []struct{ schema, typed, valid, want string }{
		{`{"type":"string","minLength":2}`, "ä", "äö", "has 1 characters, at least 2 are needed"},
		{`{"type":"string","maxLength":2}`, "äöü", "äö", "has 3 characters, at most 2 are allowed"},
		{`{"type":"string","pattern":"^a+$"}`, "b", "aa", "does not match the pattern ^a+$"},
		{`{"type":"string","format":"email"}`, "a", "a@b.example", "must be of the format email"},
		{`{"type":"string","format":"uri"}`, "a", "a:b", "must be of the format uri"},
		{`{"type":"string","format":"date"}`, "2026-1-1", "2026-01-01", "must be a date such as 2026-01-31"},
		{`{"type":"string","format":"date-time"}`, "2026-01-01", "2026-01-01T00:00:00+01:00", "must be a date and time as in RFC 3339, such as 2026-01-31T12:00:00Z"},
		{`{"type":"integer"}`, "1.0", "1", "must be a whole number"},
		{`{"type":"integer"}`, "01", "-1", "must be a whole number"},
		{`{"type":"number"}`, "one", "1e2", "must be a number"},
		{`{"type":"number"}`, "1e400", "1e300", "is out of range"},
		{`{"type":"number","minimum":2}`, "1.9", "2", "must be at least 2"},
		{`{"type":"number","maximum":2.5}`, "2.6", "2.5", "must be at most 2.5"},
		{`{"type":"boolean"}`, "ja", "YES", "must be y or n"},
		{`{"type":"boolean"}`, "", "False", "must be y or n"},
		{`{"type":"string","enum":["a","b"]}`, "c", "2", "must be one of the 2 above, or its number"},
		{`{"type":"array","items":{"enum":["a","b","c"]},"minItems":2}`, "a", "a,b", "has 1 items, at least 2 are needed"},
		{`{"type":"array","items":{"enum":["a","b","c"]},"maxItems":2}`, "a,b,c", "a,c", "has 3 items, at most 2 are allowed"},
	} {
		f := readField(json.RawMessage(x.schema))
		if v, err := f.parse(x.typed); err == nil || err.Error() != x.want {
			t.Errorf("%s, %q: %s, %v, want %s", x.schema, x.typed, v, err, x.want)
		}
		if v, err := f.parse(x.valid); err != nil || !json.Valid(v) {
			t.Errorf("%s, %q: %s, %v", x.schema, x.valid, v, err)
		}
	}
}

// TestForm asks for each field of a form, and whether to send the answers.
func TestForm(t *testing.T) {
	const schema = `{"type":"object","required":["n"],"properties":{"n":{"type":"integer"},"o":{"type":"string"}}}`
	for _, tt := range []struct {
		name   string
		schema string
		typed  []string
		want   string // the content; "" for none
		action string
		shown  string
	}{
		{"answers", schema, []string{" 7 ", "", " Y "}, `{"n":7}`, accept, "n* integer\n  > o optional\n  > Send these answers? [y/N] "},
		{"all answers", schema, []string{"7", "x", "yes"}, `{"n":7,"o":"x"}`, accept, "Send these answers? [y/N] "},
		{"a missing answer", schema, []string{"", "7", "", "y"}, `{"n":7}`, accept, "n* integer\n  >   must be a whole number\n  > o optional"},
		{"no", schema, []string{"7", "x", "no"}, "", decline, "Send these answers? [y/N] "},
		{"nothing to answer", `{"type":"object"}`, []string{"y"}, `{}`, accept, "│ Tell me\nAgree? [y/N] "},
		{"no schema", "null", []string{"n"}, "", decline, "Agree? [y/N] "},
		{"a schema that is none", "5", []string{"n"}, "", decline, "Agree? [y/N] "},
	} {
		var out strings.Builder
		f := &Form{In: &shownPrompts{out: &out, typed: tt.typed}, Out: &out}
		got := elicit(t, f, `{"message":"Tell me","requestedSchema":`+tt.schema+`}`)
		if got.Action != tt.action || string(got.Content) != tt.want || !strings.HasPrefix(out.String(), "The server asks:\n│ Tell me\n") || !strings.Contains(out.String(), tt.shown) {
			t.Errorf("%s: %s %s, %q", tt.name, got.Action, got.Content, out.String())
		}
		if !f.mu.TryLock() {
			t.Fatalf("%s: no other question can be asked", tt.name)
		}
		f.mu.Unlock()
	}
	// A question that nobody expects is noted where notes go.
	var out, notes strings.Builder
	for _, w := range []*strings.Builder{&out, &notes} {
		f := &Form{Out: &out}
		if w == &notes {
			f.Notes = &notes
		}
		got := string(f.elicit(nil, []byte(`{"message":"Now?"}`)))
		if got != `{"action":"cancel"}` || w.String() != "The server asked something outside of a call. It was not put to you.\n" {
			t.Errorf("%s, %q", got, w)
		}
	}
}

// TestQuestionsAreVisible puts questions, progress and logs that a terminal would act on, or that do
// not show. Nobody who says nothing agrees to one.
func TestQuestionsAreVisible(t *testing.T) {
	text, _ := json.Marshal("x\x1b]0;owned\x07\x1b[2J\u009b2J\r\b\u202ey\u2066\u200b\U000e0041\u2028\u00adz")
	fill := func(s string) string { return strings.ReplaceAll(s, "TEXT", string(text)) }
	hidden := func(what, shown string) {
		t.Helper()
		if i := strings.IndexFunc(shown, func(r rune) bool { return r != '\n' && !visible.Shown(r) }); i >= 0 || shown == "" {
			t.Errorf("%s: %q", what, shown)
		}
	}
	for _, question := range []string{
		`{"message":TEXT,"requestedSchema":{"type":"object","properties":{TEXT:{"type":"string","title":TEXT,"description":TEXT,"default":TEXT}}}}`,
		`{"message":TEXT,"requestedSchema":{"type":"object","properties":{TEXT:{"type":"string","enum":[TEXT],"enumNames":[TEXT]}}}}`,
		`{"mode":"url","message":TEXT,"elicitationId":TEXT,"url":"https://evil.example/"}`, `{"mode":TEXT,"message":TEXT,"url":"javascript:alert(1)"}`,
	} {
		var out strings.Builder
		f := &Form{In: &shownPrompts{out: &out, typed: []string{"nonsense", "", ""}}, Out: &out, Notes: &out}
		if got := elicit(t, f, fill(question)); got.Action == accept {
			t.Errorf("%s was accepted", question)
		}
		hidden(question, out.String())
	}
	for _, params := range []string{`{"level":"error","logger":TEXT,"data":TEXT}`, `{"level":TEXT,"data":{TEXT:TEXT}}`} {
		noted := ""
		s := &Session{config: Config{Note: func(text string) { noted += text }}}
		s.handleNotification(jsonrpc.Notification("notifications/message", []byte(fill(params))))
		hidden(params, noted)
	}
}

// elicited is the result of elicitation/create.
type elicited struct {
	Action  string
	Content json.RawMessage
}

// elicit asks a question during a call.
func elicit(t *testing.T, f *Form, params string) (r elicited) {
	t.Helper()
	must.Do(t, json.Unmarshal(f.elicit(&wait{ctx: t.Context()}, []byte(params)), &r))
	return r
}

// shownPrompts is a [Prompter] that shows its prompts. It has empty lines after those typed.
type shownPrompts struct {
	out   *strings.Builder
	typed []string
}

func (s *shownPrompts) ReadLine(prompt string) (string, error) {
	s.out.WriteString(prompt)
	if len(s.typed) == 0 {
		return "", nil
	}
	line := s.typed[0]
	s.typed = s.typed[1:]
	return line, nil
}

// TestPageQuestions asks for a page that a server wants opened. It declines other than web pages
// without a question.
func TestPageQuestions(t *testing.T) {
	for _, x := range []struct {
		url, typed string
		asked      bool
		want       string
	}{
		{"https://a.example/x?y=1", "y", true, accept},
		{"http://a.example/", " YES ", true, accept},
		{"https://a.example/", "n", true, decline},
		{"https://a.example/", "", true, decline},
		{"javascript:alert(1)", "y", false, decline},
		{"file:///etc/passwd", "y", false, decline},
		{"https:///x", "y", false, decline},
		{"https://a b/", "y", false, decline},
		{"/x", "y", false, decline},
	} {
		var out strings.Builder
		f := &Form{In: &shownPrompts{out: &out, typed: []string{x.typed}}, Out: &out}
		got := elicit(t, f, `{"mode":"url","message":"Sign in","url":"`+x.url+`"}`)
		if got.Action != x.want || got.Content != nil || strings.Contains(out.String(), "Done? [y/N] ") != x.asked {
			t.Errorf("%s, %q: %+v, %q", x.url, x.typed, got, out.String())
		}
		if x.asked && !strings.Contains(out.String(), "open a page at a.example, if you trust it:\n  "+x.url+"\n") {
			t.Errorf("%s: %q", x.url, out.String())
		}
	}
	var out strings.Builder
	f := &Form{In: &typedLines{[]string{"^C"}}, Out: &out}
	w := &wait{}
	w.ctx, w.stop = context.WithCancelCause(t.Context())
	if got := string(f.elicit(w, []byte(`{"mode":"url","url":"https://a.example/"}`))); got != `{"action":"cancel"}` || context.Cause(w.ctx) != ErrInterrupted {
		t.Errorf("%s, %v", got, context.Cause(w.ctx))
	}
}
