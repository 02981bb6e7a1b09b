package disclose

import (
	"bytes"
	"slices"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcptools/opsearch"
)

// catalogue is a list of tools as the client may see it. It is immutable.
type catalogue struct {
	result []rawjson.Member // of the first page
	tools  []tool
	size   int // of the definitions, in bytes
	// index finds tools by words. It is built at the first search.
	index func() *opsearch.Index
}

// tool is a tool of a list.
type tool struct {
	name string
	json jsontext.Value // its definition in the list
}

// add adds an element of a list. One without a name cannot be called.
func (l *catalogue) add(e pin.Definition) {
	if e.Name != "" {
		l.tools = append(l.tools, tool{e.Name, e.JSON})
		l.size += len(e.JSON)
	}
}

// takeOver reuses the index of the previous list, which may be nil, if that had the same tools.
func (l *catalogue) takeOver(before *catalogue) {
	if before != nil && slices.EqualFunc(l.tools, before.tools, func(a, b tool) bool { return bytes.Equal(a.json, b.json) }) {
		l.index = before.index
		return
	}
	l.index = sync.OnceValue(func() *opsearch.Index {
		ops := make([]opsearch.Operation, len(l.tools))
		for i := range l.tools {
			ops[i] = l.tools[i].read().Operation()
		}
		return opsearch.New(ops)
	})
}

// isLong reports whether the list is replaced by the three tools.
func (l *catalogue) isLong(c Config) bool {
	return c.Always || len(l.tools) > c.MaxTools || l.size > c.MaxBytes
}

// shadows reports whether the list is shown unchanged and itself has a tool with that name.
func (l *catalogue) shadows(c Config, name string) bool {
	return !l.isLong(c) && l.find(name) != nil
}

// find returns the tool with a name, or nil.
func (l *catalogue) find(name string) *tool {
	at := slices.IndexFunc(l.tools, func(t tool) bool { return t.name == name })
	if at < 0 {
		return nil
	}
	return &l.tools[at]
}

// read returns the text of a tool for the search index.
func (t *tool) read() opsearch.Tool {
	d, _ := jsonvalue.Decode(t.json).(map[string]any)
	annotations, _ := d["annotations"].(map[string]any)
	out := opsearch.Tool{Name: t.name, Schema: d["inputSchema"], Reads: annotations["readOnlyHint"] == true}
	out.Title, _ = d["title"].(string)
	if out.Title == "" {
		out.Title, _ = annotations["title"].(string)
	}
	out.Description, _ = d["description"].(string)
	return out
}
