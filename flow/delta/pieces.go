package delta

import "github.com/spectap/spectap/flow/redact/scan"

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
