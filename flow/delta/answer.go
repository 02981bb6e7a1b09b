package delta

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/redact/scan"
)

// Answer is what a stream says when its pieces are joined.
type Answer struct {
	Events   int       `json:"events"` // that have JSON
	Model    string    `json:"model,omitempty"`
	Messages []Message `json:"messages"` // by the index of the choice; nearly always one
	// Usage has the tokens as the API names them, each with its last value.
	Usage []Count `json:"usage,omitempty"`
	Error string  `json:"error,omitempty"` // that the server sent in the stream
	// IsCut reports that the stream has more than is read.
	IsCut bool `json:"cut,omitzero"`
}

// Message is one message of a model.
type Message struct {
	Role  string  `json:"role,omitempty"`
	Parts []*Part `json:"parts"`          // in the order in which they began
	Stop  string  `json:"stop,omitempty"` // why the model stopped, as the API says it

	byKey map[string]*Part
	id    string // of the call that follows
	args  string // of it, where they stand before its name
}

// The types of parts.
const (
	Text      = "text"
	Reasoning = "reasoning"
	Refusal   = "refusal"
	ToolCall  = "tool_call"
)

// Part is a text or a call of a tool.
type Part struct {
	Type string `json:"type"`
	Text string `json:"text,omitempty"`
	ID   string `json:"id,omitempty"`   // of a call
	Name string `json:"name,omitempty"` // of its tool
	// Arguments are those of a call: JSON, or a JSON string if they are incomplete or not JSON.
	Arguments json.RawMessage `json:"arguments,omitempty"`

	text strings.Builder
}

// Count is a number of tokens. Those within an object have its name before theirs.
type Count struct {
	Name   string `json:"name"`
	Tokens int64  `json:"tokens"`
}

// Limits of the parsed answer.
const (
	maxText     = 8 << 20 // bytes of the pieces
	maxMessages = 64
	maxParts    = 4096
	maxUsage    = 64
)

//go:embed members.txt
var table string

// members are the roles of the members of events by their path.
var members = func() map[string]string {
	roles := map[string]string{}
	for line := range strings.Lines(table) {
		if words := strings.Fields(line); len(words) > 0 && words[0] != "#" {
			for _, path := range words[1:] {
				roles[path] = words[0]
			}
		}
	}
	return roles
}()

// ofDone are members that any API may have. They are pieces only next to the member done of Ollama.
var ofDone = map[string]bool{"message.content": true, "message.thinking": true, "message.tool_calls.function.name": true, "response": true, "thinking": true,
	"message.tool_calls.id": true, "message.tool_calls.function.arguments": true}

// Read returns the answer that a decoded body has in pieces. ok is false if it has none, or if its
// media type is not that of a stream.
func Read(mediaType string, body []byte) (a Answer, ok bool) {
	f := folding{left: maxText, messages: map[string]*Message{}}
	switch {
	case decode.IsEventStream(mediaType):
		for e := range decode.Events(body) {
			if !f.add(e.Data) {
				break
			}
		}
	case decode.IsJSONLines(mediaType):
		for line := range decode.JSONLines(body) {
			if !f.add(line) {
				break
			}
		}
	default:
		return Answer{}, false
	}
	return f.answer(), f.isAnswer
}

// folding is an answer under way.
type folding struct {
	Answer
	isAnswer bool
	left     int // bytes of pieces
	messages map[string]*Message
	order    []*Message
}

// add adds what an event says. It reports false once it has read enough.
func (f *folding) add(event []byte) bool {
	if decode.FirstByte(event) != '{' {
		return true
	}
	if f.Events++; f.left <= 0 {
		f.IsCut = true
		return false
	}
	r := read(string(event))
	isDone := r.tree.Member(1, "done") > 0
	for k := range r.tree.Nodes {
		i := int32(k)
		if n := &r.tree.Nodes[i]; n.Name.Len() == 0 || n.Kind == scan.Literal {
			continue
		}
		path, choice, key := r.way(i)
		what := members[path]
		if what == "" || ofDone[path] && !isDone {
			continue
		}
		if what == Text {
			if k := r.tree.Member(r.tree.Nodes[i].Parent, "thought"); k > 0 && r.tree.ValueOf(k) == "true" { // of Gemini
				what = Reasoning
			}
		}
		f.member(r, i, what, choice, key)
	}
	return true
}

// member adds one member of an event.
func (f *folding) member(r *reader, i int32, what, choice, key string) {
	n, v := &r.tree.Nodes[i], ""
	if n.Kind > scan.Array {
		v = r.tree.ValueOf(i)
	}
	switch what { // of the complete answer
	case "model":
		f.Model = cmp.Or(f.Model, v)
		return
	case "usage":
		f.usage(r.tree, i)
		return
	case "failure":
		f.Error = v
		return
	}
	m := f.messages[choice]
	if m == nil {
		if len(f.order) == maxMessages {
			return
		}
		m = &Message{byKey: map[string]*Part{}}
		f.messages[choice], f.order = m, append(f.order, m)
	}
	switch what {
	case "role":
		m.Role = cmp.Or(m.Role, v)
	case "stop":
		m.Stop = v
	case "id":
		if p := m.byKey[key+ToolCall]; p != nil && p.ID == "" {
			p.ID = v
		} else {
			m.id = v
		}
	case "name":
		if v != "" {
			f.part(m, key, ToolCall, true).Name = v
		}
	case "arguments":
		if n.Kind == scan.Object {
			v = r.tree.Raw(n.Value)
		}
		switch p := m.last(key, ToolCall); {
		case v == "{}" && strings.HasPrefix(r.kind, "content_block"): // pieces follow
		case p != nil && p.text.Len() == 0:
			f.write(p, v)
		case key == "":
			m.args = v
		}
	default:
		kind := what
		if what == "typed" {
			kind = kindOf(r.kind)
		}
		if n.Kind == scan.String && kind != "" {
			if f.isAnswer = true; v != "" {
				f.write(f.part(m, key, kind, false), v)
			}
		}
	}
}

// kindOf returns the type of the part that a delta extends, or "" if the event is not a delta:
// response.output_text.delta, response.reasoning_summary_text.delta,
// response.function_call_arguments.delta.
func kindOf(event string) string {
	switch {
	case !strings.HasPrefix(event, "response."), strings.Contains(event, "audio.delta"):
		return ""
	case strings.Contains(event, "reasoning"):
		return Reasoning
	case strings.Contains(event, "refusal"):
		return Refusal
	case strings.Contains(event, "_call"):
		return ToolCall
	}
	return Text
}

// last returns the part with a key, or the last part if that has the type.
func (m *Message) last(key, kind string) *Part {
	if key != "" {
		return m.byKey[key+kind]
	}
	if k := len(m.Parts) - 1; k >= 0 && m.Parts[k].Type == kind {
		return m.Parts[k]
	}
	return nil
}

// part returns the part that a piece belongs to. Without a key, it is the last part, or a new one
// if begins is set.
func (f *folding) part(m *Message, key, kind string, begins bool) *Part {
	f.isAnswer = true
	p := m.last(key, kind)
	if p != nil && (key != "" || !begins) {
		return p
	}
	p = &Part{Type: kind}
	if len(m.Parts) == maxParts {
		f.IsCut = true
		return p
	}
	if m.Parts = append(m.Parts, p); key != "" {
		m.byKey[key+kind] = p
	}
	if kind == ToolCall {
		p.ID, m.id = m.id, ""
		f.write(p, m.args)
		m.args = ""
	}
	return p
}

func (f *folding) write(p *Part, piece string) {
	if len(piece) > f.left {
		f.IsCut, piece = true, strings.ToValidUTF8(piece[:f.left], "")
		f.left = 0
	}
	f.left -= len(piece)
	p.text.WriteString(piece)
}

// usage keeps the numbers of an object, or a number.
func (f *folding) usage(t *scan.Tree, i int32) {
	for k := i; k < t.Nodes[i].End; k++ {
		tokens, err := strconv.ParseInt(t.ValueOf(k), 10, 64)
		if t.Nodes[k].Kind != scan.Number || err != nil {
			continue
		}
		name := t.NameOf(k)
		if parent := t.Nodes[k].Parent; k != i && parent != i {
			name = t.NameOf(parent) + "." + name
		}
		at := slices.IndexFunc(f.Usage, func(c Count) bool { return c.Name == name })
		switch {
		case at >= 0:
			f.Usage[at].Tokens = tokens
		case len(f.Usage) < maxUsage && (tokens != 0 || !strings.Contains(name, ".")):
			f.Usage = append(f.Usage, Count{name, tokens})
		}
	}
}

// answer finishes the answer.
func (f *folding) answer() Answer {
	a := f.Answer
	a.Messages = []Message{}
	for _, m := range f.order {
		for _, p := range m.Parts {
			if p.Type != ToolCall {
				p.Text = p.text.String()
			} else if p.text.Len() > 0 {
				if p.Arguments = json.RawMessage(p.text.String()); !json.Valid(p.Arguments) {
					p.Arguments, _ = json.Marshal(p.text.String())
				}
			}
		}
		a.Messages = append(a.Messages, *m)
	}
	return a
}

// indexNames are members that hold the position of their object in the complete message.
var indexNames = map[string]bool{"index": true, "output_index": true, "content_index": true, "summary_index": true}

// reader reads one event.
type reader struct {
	tree  *scan.Tree
	index map[int32]string // by object
	kind  string           // the type of the event
}

func read(event string) *reader {
	r := &reader{tree: scan.ReadJSON(event), index: map[int32]string{}}
	if k := r.tree.Member(1, "type"); k > 0 && r.tree.Nodes[k].Kind == scan.String {
		r.kind = r.tree.ValueOf(k)
	}
	for k := range r.tree.Nodes {
		n, i := &r.tree.Nodes[k], int32(k)
		if n.Parent > 0 && n.Kind == scan.Number && n.Name.Len() <= len("summary_index") && indexNames[r.tree.NameOf(i)] {
			r.index[n.Parent] += r.tree.NameOf(i) + "=" + r.tree.ValueOf(i) + ","
		}
	}
	return r
}

// maxSteps bounds the objects that a path names.
const maxSteps = 16

// way returns the path of a value, the position of its message, and that of its part there, or ""
// if pieces are matched by order.
func (r *reader) way(i int32) (path, choice, key string) {
	choice = "index=0,"
	for n := 0; i > 0 && n < maxSteps; i = r.tree.Nodes[i].Parent {
		name, index := r.tree.NameOf(i), r.index[i]
		if parent := r.tree.NameOf(r.tree.Nodes[i].Parent); index == "" && name == "" {
			continue
		} else if name == "" && (parent == "choices" || parent == "candidates") {
			choice = index
		} else {
			key = index + key
		}
		if n++; name != "" {
			path = strings.TrimSuffix(name+"."+path, ".")
		}
	}
	return path, choice, key
}
