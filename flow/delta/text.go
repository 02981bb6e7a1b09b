package delta

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Section is a part of an answer as readers see it: a line, or a block of lines.
type Section struct {
	Label   string `json:"label"`
	Text    string `json:"text"`
	IsBlock bool   `json:"block,omitzero"`
}

// Sections returns what the answer says, in order.
func (a *Answer) Sections() (out []Section) {
	add := func(label, text string) {
		if text = strings.Join(strings.Fields(text), " "); text != "" {
			out = append(out, Section{Label: label, Text: text})
		}
	}
	add("model", a.Model)
	for _, m := range a.Messages {
		add("role", m.Role)
		for _, p := range m.Parts {
			if p.Type != ToolCall {
				out = append(out, Section{p.Type, p.Text, true})
				continue
			}
			add("tool call", p.Name+"  "+p.ID)
			if text := argumentsText(p.Arguments); text != "" {
				out = append(out, Section{"arguments", text, true})
			}
		}
		add("stop", m.Stop)
	}
	var usage []string
	for _, c := range a.Usage {
		usage = append(usage, c.Name+" "+strconv.FormatInt(c.Tokens, 10))
	}
	add("usage", strings.Join(usage, ", "))
	add("error", a.Error)
	if a.IsCut {
		add("cut", "the stream has more")
	}
	return out
}

// Text returns the sections as text. Lines that begin with a blank are the model's, all others are
// labels.
func (a *Answer) Text() string {
	var b strings.Builder
	for _, s := range a.Sections() {
		if !s.IsBlock {
			b.WriteString(s.Label + ": " + s.Text + "\n")
			continue
		}
		b.WriteString(s.Label + ":\n")
		for line := range strings.Lines(strings.ReplaceAll(s.Text, "\r", "\n")) {
			b.WriteString("  " + strings.TrimSuffix(line, "\n") + "\n")
		}
	}
	return b.String()
}

// argumentsText returns the arguments of a call, indented if they are JSON.
func argumentsText(raw json.RawMessage) string {
	var b bytes.Buffer
	var text string
	if json.Unmarshal(raw, &text) == nil || json.Indent(&b, raw, "", "  ") != nil {
		return text
	}
	return b.String()
}
