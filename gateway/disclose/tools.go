package disclose

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/spelling"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/rawjson"
	"github.com/spectap/spectap/mcptools/view"
)

// The tools that replace all others.
const (
	searchTool   = "search_tools"
	describeTool = "describe_tool"
	callTool     = "call_tool"
)

// definitions are the three tools as lists show them. Their _meta tells an outer gateway which of
// them describe tools, and which one calls a tool.
var definitions = []jsontext.Value{
	jsontext.Value(`{"name":"` + searchTool + `","title":"Find tools by words","description":"Finds tools of this server by what they do, best first, such as \"add a label to an issue\". ` +
		`An empty query lists all.","inputSchema":{"type":"object","additionalProperties":false,"properties":{"query":{"type":"string","maxLength":500},` +
		`"limit":{"type":"integer","minimum":1,"maximum":50,"default":10},"offset":{"type":"integer","minimum":0,"default":0}}},` +
		`"annotations":{"readOnlyHint":true,"openWorldHint":false},"_meta":{"` + jsonrpc.MetaShown + `":true}}`),
	jsontext.Value(`{"name":"` + describeTool + `","title":"Describe one tool","description":"Shows the definition of a tool: what it does, and the JSON Schema of its arguments. ` +
		`Use a name from ` + searchTool + `.","inputSchema":{"type":"object","additionalProperties":false,"required":["tool"],"properties":{"tool":{"type":"string"}}},` +
		`"annotations":{"readOnlyHint":true,"openWorldHint":false},"_meta":{"` + jsonrpc.MetaShown + `":true}}`),
	jsontext.Value(`{"name":"` + callTool + `","title":"Call one tool","description":"Calls a tool of this server with arguments that fit its schema, as ` + describeTool + ` shows it.",` +
		`"inputSchema":{"type":"object","additionalProperties":false,"required":["tool"],"properties":{"tool":{"type":"string"},"arguments":{"type":"object","default":{}}}},` +
		`"annotations":{"readOnlyHint":false,"destructiveHint":true,"openWorldHint":true},"_meta":{"` + jsonrpc.MetaDispatch + `":{"operation":"tool","arguments":"arguments"}}}`),
}

// Limits of a search.
const (
	maxQuery       = 500
	defaultMatches = 10
	maxMatches     = 50
	maxSummary     = 200 // bytes
	maxArguments   = 30
)

// list answers a request for the list: with the three tools if it is long, else with the complete
// list on one page.
func (c *conn) list(w *work, l *catalogue) {
	var shown []jsontext.Value
	isLong := l.isLong(c.c)
	if isLong {
		shown = slices.Clone(definitions)
	}
	asksAll := string(rawjson.At(w.Params, "_meta", jsonrpc.MetaOperations)) == "true" // an outer gateway
	for _, t := range l.tools {
		switch {
		case !isLong:
			shown = append(shown, t.json)
		case asksAll && t.name != searchTool && t.name != describeTool && t.name != callTool:
			members, meta := jsonrpc.MetaOf(t.json)
			meta = rawjson.Set(meta, jsonrpc.MetaOperations, jsontext.Value("true"))
			shown = append(shown, rawjson.Join(rawjson.Set(members, "_meta", rawjson.Join(meta))))
		}
	}
	members := rawjson.Set(rawjson.Without(l.result, "nextCursor"), "tools", rawjson.Array(shown))
	c.answer(w, jsonrpc.Response(w.ID, rawjson.Join(members)))
}

// arguments decodes the arguments of a call of one of the three tools. Unknown arguments are
// refused, since the caller expects an effect.
func arguments(p jsonrpc.Packet, allowed ...string) (map[string]any, string) {
	given := rawjson.At(p.Params, "arguments")
	if given == nil {
		return map[string]any{}, ""
	}
	args, ok := jsonvalue.Decode(given).(map[string]any)
	if !ok {
		return nil, "the arguments must be an object"
	}
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if !slices.Contains(allowed, name) {
			return nil, fmt.Sprintf("there is no argument %.60q: write %s", name, strings.Join(allowed, ", "))
		}
	}
	return args, ""
}

// match is a tool that a search found.
type match struct {
	Tool      string   `json:"tool"`
	Summary   string   `json:"summary,omitempty"`
	Arguments []string `json:"arguments,omitempty"`  // required ones end in *
	Weak      bool     `json:"weak_match,omitempty"` // it has no word for what the query is about
}

// found is the result of a search.
type found struct {
	Total      int     `json:"total"`
	Offset     int     `json:"offset"`
	Tools      []match `json:"tools"`
	NextOffset int     `json:"next_offset,omitempty"`
	Note       string  `json:"note,omitempty"`
}

// search answers a call of the tool that searches.
func (c *conn) search(w *work, l *catalogue) {
	args, why := arguments(w.Packet, "query", "limit", "offset")
	query, isText := args["query"].(string)
	limit, isLimit := integerOf(args["limit"], defaultMatches)
	offset, isOffset := integerOf(args["offset"], 0)
	switch {
	case why != "":
	case args["query"] != nil && !isText || len(query) > maxQuery:
		why = fmt.Sprintf("query must be a text of at most %d bytes", maxQuery)
	case !isLimit || limit < 1 || limit > maxMatches:
		why = fmt.Sprintf("limit must be a number from 1 to %d", maxMatches)
	case !isOffset || offset < 0:
		why = "offset must be a number from 0"
	}
	if why != "" {
		c.tell(w, why, true)
		return
	}
	isShown := shownBy(w.Packet)
	all, isWeak := l.index().Find(query, func(i int) bool { return isShown(l.tools[i].name) })
	out := found{Total: len(all), Offset: offset, Tools: []match{}}
	for _, i := range all[min(offset, len(all)):min(offset+limit, len(all))] {
		m := l.tools[i].match()
		m.Weak = isWeak(i)
		out.Tools = append(out.Tools, m)
	}
	if end := offset + len(out.Tools); end < len(all) {
		out.NextOffset = end
	}
	if len(all) == 0 {
		out.Note = "no tool matches: use other words; an empty query lists all"
	} else if offset == 0 && isWeak(all[0]) {
		out.Note = "no tool fits well: these only share some words with the query"
	}
	c.tell(w, string(jsonvalue.Encode(out)), false)
}

// integerOf returns an integer argument, or the fallback if it is absent.
func integerOf(v any, fallback int) (int, bool) {
	if v == nil {
		return fallback, true
	}
	n, _ := v.(json.Number)
	i, err := n.Int64()
	return int(i), err == nil && i == int64(int32(i))
}

func (t *tool) match() match {
	d := t.read()
	o := d.Operation()
	m := match{Tool: t.name, Summary: view.Cut(strings.Join(strings.Fields(o.Summary), " "), maxSummary)}
	schema, _ := d.Schema.(map[string]any)
	required, _ := schema["required"].([]any)
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if len(m.Arguments) == maxArguments {
			m.Arguments = append(m.Arguments, "…")
			break
		}
		if slices.Contains(required, any(name)) {
			name += "*"
		}
		m.Arguments = append(m.Arguments, name)
	}
	return m
}

// shownBy returns the tools that a result may show: an outer gateway may allow fewer.
func shownBy(p jsonrpc.Packet) func(name string) bool {
	list := rawjson.At(p.Params, "_meta", jsonrpc.MetaShown)
	if list == nil {
		return func(string) bool { return true }
	}
	names, _ := jsonvalue.Decode(list).([]any) // nil for any other value
	return func(name string) bool { return slices.Contains(names, any(name)) }
}

// describe answers a call of the tool that describes one.
func (c *conn) describe(w *work, l *catalogue) {
	args, why := arguments(w.Packet, "tool")
	name, _ := args["tool"].(string)
	if why == "" && name == "" {
		why = "name the tool: {\"tool\": \"NAME\"}, as " + searchTool + " shows it"
	}
	if why != "" {
		c.tell(w, why, true)
		return
	}
	isShown := shownBy(w.Packet)
	if t := l.find(name); t != nil && isShown(name) {
		text := string(t.json)
		if len(text) > view.MaxText {
			text = string(jsonvalue.Encode(found{Tools: []match{t.match()}, Total: 1,
				Note: fmt.Sprintf("the definition has %d bytes: "+callTool+" says which arguments are wrong", len(text))}))
		}
		c.tell(w, text, false)
		return
	}
	var names []string
	for _, t := range l.tools {
		if isShown(t.name) {
			names = append(names, t.name)
		}
	}
	why = "there is no tool of this name: find it with " + searchTool
	if near := spelling.Nearest(name, names); near != "" {
		why = "there is no tool of this name: did you mean " + near + "?"
	}
	c.tell(w, why, true)
}

// callListed is [conn.call] for a client whose list is not known yet.
func (c *conn) callListed(w *work, _ *catalogue) {
	if p, passes := c.call(w.Packet); passes {
		c.pass(w, p)
	}
}

// call converts a call of call_tool to a call of the named tool. A call without a valid name does
// not reach the relay.
func (c *conn) call(p jsonrpc.Packet) (jsonrpc.Packet, bool) {
	args, why := arguments(p, "tool", "arguments")
	name, _ := args["tool"].(string)
	_, isObject := args["arguments"].(map[string]any)
	switch _, given := args["arguments"]; {
	case why != "":
	case name == "":
		why = "name the tool: {\"tool\": \"NAME\", \"arguments\": {…}}, as " + searchTool + " shows it"
	case given && !isObject:
		why = "arguments must be an object, as " + describeTool + " says"
	}
	if why != "" {
		_ = c.down.Send(jsonrpc.Response(p.ID, said(why, true)), p.Via) // the connection fails otherwise if it cannot
		return p, false
	}
	params, _ := rawjson.Split(p.Params)
	own := rawjson.Get(params, "arguments")
	params = rawjson.Set(params, "name", rawjson.At(own, "tool"))
	if inner := rawjson.At(own, "arguments"); inner != nil {
		params = rawjson.Set(params, "arguments", inner)
	} else {
		params = rawjson.Without(params, "arguments")
	}
	p.Message, p.Unwrapped = jsonrpc.WithParams(p.Message, params), true
	return p, true
}

// tell answers a call with text.
func (c *conn) tell(w *work, text string, isError bool) {
	c.answer(w, jsonrpc.Response(w.ID, said(text, isError)))
}

func said(text string, isError bool) jsontext.Value {
	result := map[string]any{
		"content":          []any{map[string]any{"type": "text", "text": text}},
		jsonrpc.MemberType: "complete", // which revisions from 2026-07-28 require
	}
	if isError {
		result["isError"] = true
	}
	return jsonvalue.Encode(result)
}
