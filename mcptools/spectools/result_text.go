package spectools

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/mcptools/lines"
)

// The text of a result has the same facts as its structured content, for clients that pass only the
// text to the model. Lines of this program come first. What the API answered stands below its name
// and is indented, so that no line of it can be taken for one of the former.

// worded is a result whose text begins with lines of its own.
type worded interface {
	// head returns these lines, and the value whose lines follow, with the members of it that the
	// head has said already; nil if there is none.
	head() (text []string, rest any, said []string)
}

// envelopeMembers are the members that are the same in all results of a kind.
var envelopeMembers = []string{"OutputFormat", "OutputType", "type"}

// textOf returns the text of a result, whose structured content is raw.
func textOf(v any, raw []byte) string {
	w, ok := v.(worded)
	if !ok {
		return lines.Text(raw, envelopeMembers...)
	}
	head, rest, said := w.head()
	for i, line := range head {
		head[i] = visible.Line(line)
	}
	if rest == nil {
		return strings.Join(head, "\n")
	}
	data, err := encode(rest)
	if err != nil {
		return strings.Join(head, "\n")
	}
	if text := lines.Text(data, said...); text != "" {
		head = append(head, text)
	}
	return strings.Join(head, "\n")
}

// head says status, type and size of an answer, and how to get more of it.
func (r successResult) head() (text []string, rest any, said []string) {
	m := r.Metadata
	status := strings.TrimSpace(fmt.Sprintf("%d %s", m.StatusCode, http.StatusText(m.StatusCode)))
	for _, s := range []string{m.ContentType, fmt.Sprintf("%d bytes", m.Size)} {
		if s != "" {
			status += ", " + s
		}
	}
	text = []string{status}
	said = []string{"status_code", "content_type", "size", "truncated", "next_page", "more", "left_out", "other_cuts"}
	if m.Lost {
		text, said = append(text, "The rest of the answer is lost: it is longer than the server reads, or the connection ended early."), append(said, "lost")
	}
	if m.NextPage != nil {
		text = append(text, m.NextPage.String())
	}
	if m.More != nil {
		text = append(text, m.incomplete())
	}
	if m.Encoding == encodingAttached {
		said = append(said, "data")
	}
	return text, struct {
		metadata
		Data json.RawMessage `json:"data"`
	}{m, r.Data}, said
}

// incomplete says what is left out and how to get it.
func (m *metadata) incomplete() string {
	text := "Incomplete: " + m.More.String()
	for _, cut := range m.LeftOut {
		text += "; " + cut.String()
	}
	if m.OtherCuts > 0 {
		text += fmt.Sprintf("; and %d other values are cut", m.OtherCuts)
	}
	if m.More.Tool == "" {
		return text + "."
	}
	arguments, _ := encode(struct { // strings and a number: cannot fail
		Result string `json:"result"`
		Path   string `json:"path,omitempty"`
		Offset int    `json:"offset"`
	}{m.More.Result, m.More.Path, m.More.Offset})
	text += ". To continue: " + m.More.Tool + " " + string(arguments)
	if m.More.Path != "" {
		text += "; any other part: with a JSONPath as path"
	}
	return text + "."
}

// head says what is wrong and what to do. Details that the message has are left out.
func (r errorResult) head() (text []string, rest any, said []string) {
	text = append([]string{r.Error.Code + ": " + r.Error.Message}, r.Error.Suggestions...)
	d := r.Error.Details
	for name, value := range map[string]string{"field": d.Field, "reason": d.Reason} {
		if strings.Contains(r.Error.Message, value) {
			said = append(said, name)
		}
	}
	isSaid := func(problem string) bool { return strings.Contains(r.Error.Message, problem) }
	if !slices.ContainsFunc(d.Problems, func(p string) bool { return !isSaid(p) }) {
		said = append(said, "problems")
	}
	if d.StatusCode != 0 && strings.Contains(r.Error.Message, fmt.Sprint(d.StatusCode)) {
		said = append(said, "status_code")
	}
	return text, d, said
}

// head says what is held.
func (r confirmationResult) head() (text []string, rest any, said []string) {
	return []string{r.Type + " (" + r.Action + "): " + r.Message}, nil, nil
}
