package diff

import (
	"fmt"
	"strings"
)

// Group is the changes of one rule that have one cause, as a reader sees it: a change of a shared
// schema, the same change within several operations, or all values that an enum gained.
type Group struct {
	ID    string `json:"id"`
	Level Level  `json:"level"`
	// Schema is the component that has the change, or "".
	Schema string `json:"schema,omitempty"`
	Text   string `json:"text"`
	// Values are those that an enum gained or lost, as the text has them.
	Values []string `json:"values,omitempty"`
	// Operations have the changes, such as "GET /orders/{id}". Count is the number of changes.
	Operations []string `json:"operations"`
	Count      int      `json:"count"`

	at, first string // of the first change: its place in the schema, and its value
}

// Groups joins changes. They and the groups are in the order of [Options.Documents].
func Groups(changes []Change) []Group {
	out := []Group{}
	type place struct {
		level                 Level
		id, schema, at, value string
	}
	index, seen := map[place]int{}, map[place]bool{}
	for i := range changes {
		c := &changes[i]
		key := place{level: c.Level, id: c.ID, schema: c.Schema, at: c.at}
		if c.at == "" {
			key.at = strings.Replace(c.Text, c.value, "", 1)
		}
		if c.PartOf() == PartOperation { // a reader wants to know each
			key.at += c.operation()
		}
		n, has := index[key]
		if !has {
			n, index[key] = len(out), len(out)
			out = append(out, Group{ID: c.ID, Level: c.Level, Schema: c.Schema, Text: c.Text, Operations: []string{}, at: c.at, first: c.value})
		}
		g := &out[n]
		if g.Count++; c.value == "" && len(c.Text) < len(g.Text) {
			g.Text = c.Text // the one nearest to the schema
		}
		if key.value = c.value; c.value != "" && !seen[key] {
			seen[key] = true
			g.Values = append(g.Values, c.value)
		}
		if o, last := c.operation(), len(g.Operations)-1; o != "" && (last < 0 || g.Operations[last] != o) {
			g.Operations = append(g.Operations, o)
		}
	}
	for i := range out {
		out[i].finish()
	}
	return out
}

// finish writes the text with all values, and with the name of a schema that operations share.
func (g *Group) finish() {
	within, _, _ := strings.Cut(g.at, "\n")
	isShared := g.at != "" && len(g.Operations) > 1
	values := some(g.Values, 10)
	switch {
	case isShared && values != "":
		verb := map[bool]string{true: "gains", false: "loses"}[enumAddedIDs.MatchString(g.ID)]
		name := "`" + g.Schema + "`"
		if within != "" {
			name = "`" + within + "` of " + name
		}
		count := fmt.Sprintf("%d values", len(g.Values))
		if len(g.Values) == 1 {
			count = "a value"
		}
		g.Text = fmt.Sprintf("%s %s %s: %s", name, verb, count, values)
	case isShared:
		g.Text = "`" + g.Schema + "`: " + g.Text
	case values != "":
		g.Text = strings.Replace(g.Text, g.first, values, 1)
	}
	g.Text = line(g.Text)
}

// Place returns the operations of a group, at most so many by name.
func (g *Group) Place(most int) string {
	if len(g.Operations) < 2 {
		return some(g.Operations, 1)
	}
	return fmt.Sprintf("%d operations: %s", len(g.Operations), some(g.Operations, most))
}

// some lists texts, at most so many.
func some(list []string, most int) string {
	out := strings.Join(list[:min(len(list), most)], ", ")
	if n := len(list) - most; n > 0 {
		out += fmt.Sprintf(" and %d more", n)
	}
	return out
}
