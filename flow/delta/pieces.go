package delta

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/scan"
)

// pieceNames are members that hold a piece of a text, which the next event of a stream continues:
// of OpenAI (content, arguments, delta, refusal), Anthropic (text, partial_json, thinking), Gemini
// (text), Ollama (response, content, thinking) and servers with OpenAI's API (reasoning_content,
// reasoning).
var pieceNames = map[string]bool{"content": true, "text": true, "delta": true, "arguments": true, "partial_json": true, "thinking": true,
	"reasoning_content": true, "reasoning": true, "refusal": true, "response": true, "transcript": true}

// indexNames are members that hold the position of their object in the complete message.
var indexNames = map[string]bool{"index": true, "output_index": true, "content_index": true, "summary_index": true}

// maxSteps bounds the objects that a place names.
const maxSteps = 16

// step is one member on the way from an event to a value.
type step struct {
	name  string
	index string // position of the object, from its index member
}

// reader reads one event.
type reader struct {
	tree  *scan.Tree
	index map[int32]string // by object
	kind  string           // the type of the event
}

func read(event string) *reader {
	r := &reader{tree: scan.ReadJSON(event), index: map[int32]string{}}
	for k := range r.tree.Nodes {
		n, i := &r.tree.Nodes[k], int32(k)
		switch {
		case n.Parent <= 0:
		case n.Kind == scan.Number && n.Name.Len() <= len("summary_index") && indexNames[r.tree.NameOf(i)]:
			r.index[n.Parent] += r.tree.NameOf(i) + "=" + r.tree.ValueOf(i) + ","
		case n.Kind == scan.String && n.Parent == 1 && r.tree.NameOf(i) == "type":
			r.kind = r.tree.ValueOf(i)
		}
	}
	return r
}

// steps returns the way to a value, the last steps of a long one.
func (r *reader) steps(i int32) []step {
	var out [maxSteps]step
	at := maxSteps
	for ; i > 0 && at > 0; i = r.tree.Nodes[i].Parent {
		if name, index := r.tree.NameOf(i), r.index[i]; name != "" || index != "" {
			at--
			out[at] = step{name, index}
		}
	}
	return out[at:]
}

// Piece is a string of an event that may be a piece of a longer text.
type Piece struct {
	// Place is equal for all pieces of one text.
	Place string
	Node  int32 // in the tree of the event
}

// Pieces returns the tree of an event, a JSON text, and the pieces in it.
func Pieces(event string) (*scan.Tree, []Piece) {
	r := read(event)
	var out []Piece
	for k := range r.tree.Nodes {
		n, i := &r.tree.Nodes[k], int32(k)
		if n.Kind != scan.String || !pieceNames[r.tree.NameOf(i)] {
			continue
		}
		var place strings.Builder
		for _, s := range r.steps(i) {
			place.WriteString(s.index + s.name + ".")
		}
		if n.Parent == 1 { // the type says which text it is
			place.WriteString(r.kind)
		}
		out = append(out, Piece{place.String(), i})
	}
	return r.tree, out
}
