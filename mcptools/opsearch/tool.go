package opsearch

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/internal/verb"
)

// Tool is a tool of an MCP server as a search sees it.
type Tool struct {
	Name, Title, Description string
	// Schema is the JSON Schema of its arguments, decoded.
	Schema any
	// Reads means that the tool only reads.
	Reads bool
}

// methodOf has the methods for verbs that say no more than a method does, and itemVerbs those of
// them that are about one resource unless its name is a plural.
var (
	methodOf = map[string]string{
		"get": "GET", "fetch": "GET", "read": "GET", "show": "GET", "retrieve": "GET", "view": "GET", "list": "GET", "find": "GET", "search": "GET",
		"create": "POST", "add": "POST", "new": "POST", "update": "PATCH", "edit": "PATCH", "change": "PATCH", "modify": "PATCH",
		"set": "PUT", "delete": "DELETE", "remove": "DELETE",
	}
	itemVerbs = wordSet("get fetch read show retrieve view update edit change modify set delete remove")
)

// Bounds of what a search reads of a tool.
const (
	maxToolText    = 4_000 // bytes of its description
	maxToolMembers = 300   // names of arguments and of their members
	maxToolDepth   = 4
)

// Operation returns a tool as an operation for the search. The method and path follow from the name
// of the tool: create_issue, issue_create and gh-issues-create post an issue.
func (t Tool) Operation() Operation {
	o := Operation{Name: t.Name, Summary: t.Title, Description: t.Description[:min(len(t.Description), maxToolText)]}
	if o.Summary == "" {
		o.Summary, _, _ = strings.Cut(o.Description, "\n")
		o.Summary, _, _ = strings.Cut(o.Summary, ". ")
	}
	words := SplitWords(t.Name)
	at := slices.IndexFunc(words, func(w string) bool { return verbActions[stem(strings.ToLower(w))] != 0 })
	if at < 0 {
		at = slices.IndexFunc(words, func(w string) bool { return verb.Is(strings.ToLower(w)) })
	}
	parts := [][]string{words}
	if at >= 0 {
		word := strings.ToLower(words[at])
		parts = [][]string{words[:at], words[at+1:]}
		if o.Method = methodOf[word]; o.Method == "" {
			parts = append(parts, words[at:at+1])
		}
	}
	for _, part := range parts {
		if len(part) > 0 {
			o.Path += "/" + strings.Join(part, "_")
		}
	}
	if last := words[max(len(words)-1, 0):]; at >= 0 && itemVerbs[strings.ToLower(words[at])] && !strings.HasSuffix(last[0], "s") {
		o.Path += "/{id}"
	}
	if t.Reads {
		o.Method = "GET"
	}
	o.addMembers(t.Schema, 0)
	return o
}

// addMembers adds the names that a schema has, and the values that members are limited to.
func (o *Operation) addMembers(schema any, depth int) {
	s, _ := schema.(map[string]any)
	if depth > maxToolDepth {
		return
	}
	properties, _ := s["properties"].(map[string]any)
	for name, p := range properties {
		if len(o.Members) >= maxToolMembers {
			return
		}
		o.Members = append(o.Members, name)
		o.addMembers(p, depth+1)
	}
	o.addMembers(s["items"], depth+1)
	values, _ := s["enum"].([]any)
	for _, v := range values[:min(len(values), maxToolMembers)] {
		if text, ok := v.(string); ok {
			o.Values = append(o.Values, text)
		}
	}
}
