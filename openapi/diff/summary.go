package diff

// This file says in a few words what changed between two versions of a document, for people who
// watch it being rewritten.
//
// It compares the operations and the named components as they are written. Package diff judges
// whether a change breaks clients, and takes much longer.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Summary lists what changed. The texts are operations, such as "GET /orders/{id}", and components,
// such as "schema Order", each sorted.
type Summary struct {
	Added, Changed, Removed []string
	// Rest reports a change of anything else, such as the title, the servers, or keywords of paths.
	Rest bool
}

// Summarize compares two documents; before may be nil, which has nothing. It changes neither. The
// error is that of a document that cannot be written as JSON.
func Summarize(before, after *openapi3.T) (Summary, error) {
	from, err := partsOf(before)
	if err != nil {
		return Summary{}, fmt.Errorf("compare documents: %w", err)
	}
	to, err := partsOf(after)
	if err != nil {
		return Summary{}, fmt.Errorf("compare documents: %w", err)
	}
	var c Summary
	for _, name := range slices.Sorted(maps.Keys(to.named)) {
		switch old, ok := from.named[name]; {
		case !ok:
			c.Added = append(c.Added, name)
		case !bytes.Equal(old, to.named[name]):
			c.Changed = append(c.Changed, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(from.named)) {
		if _, ok := to.named[name]; !ok {
			c.Removed = append(c.Removed, name)
		}
	}
	c.Rest = before != nil && !bytes.Equal(from.rest, to.rest)
	return c, nil
}

// maxNamed bounds the changes that String names.
const maxNamed = 6

// String names the changes, such as "+ POST /orders, ~ schema Order, - GET /old": what was added,
// changed and removed. It names at most six and counts the others. Without a change it is empty.
// Names are those of a document, and may come from traffic: the caller escapes them.
func (c Summary) String() string {
	var all []string
	for _, kind := range []struct {
		sign  string
		names []string
	}{{"+ ", c.Added}, {"~ ", c.Changed}, {"- ", c.Removed}} {
		for _, name := range kind.names {
			all = append(all, kind.sign+name)
		}
	}
	if c.Rest && len(all) == 0 {
		return "~ what is outside of operations and components"
	}
	if more := len(all) - maxNamed; more > 1 {
		all = append(all[:maxNamed], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, ", ")
}

// parts are the parts of a document as they are written.
type parts struct {
	named map[string][]byte
	rest  []byte
}

// kinds names the components that have one word for each.
var kinds = map[string]string{
	"schemas": "schema", "parameters": "parameter", "responses": "response", "requestBodies": "request body",
	"headers": "header", "securitySchemes": "security scheme", "examples": "example", "links": "link", "callbacks": "callback",
}

// methods are the members of a path item that are operations.
var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}

func partsOf(doc *openapi3.T) (parts, error) {
	p := parts{named: map[string][]byte{}}
	if doc == nil {
		return p, nil
	}
	data, err := json.Marshal(doc)
	if err != nil {
		return p, err
	}
	var top struct {
		Paths      map[string]map[string]json.RawMessage `json:"paths"`
		Components map[string]map[string]json.RawMessage `json:"components"`
	}
	if err := json.Unmarshal(data, &top); err != nil {
		return p, err
	}
	var rest map[string]json.RawMessage
	if err := json.Unmarshal(data, &rest); err != nil {
		return p, err
	}
	for path, item := range top.Paths {
		for _, m := range methods {
			if op, ok := item[m]; ok {
				p.named[strings.ToUpper(m)+" "+path] = op
				delete(item, m)
			}
		}
		if len(item) == 0 {
			delete(top.Paths, path)
		}
	}
	for kind, all := range top.Components {
		word, ok := kinds[kind]
		if !ok {
			continue
		}
		for name, value := range all {
			p.named[word+" "+name] = value
		}
		delete(top.Components, kind)
	}
	delete(rest, "paths")
	delete(rest, "components")
	p.rest, err = json.Marshal([]any{rest, top.Paths, top.Components})
	return p, err
}
