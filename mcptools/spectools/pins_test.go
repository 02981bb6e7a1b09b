package spectools

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard/pin"
)

const pinnedDocument = `
openapi: 3.0.3
info: {title: Shop, version: "1"}
servers: [{url: "https://shop.example.com"}]
security: [{key: []}]
paths:
  /things/{id}:
    get:
      operationId: getThing
      summary: Get a thing
      parameters:
        - {name: id, in: path, required: true, schema: {type: string, maxLength: 9}}
        - {name: note, in: query, schema: {type: string}}
      responses: {"200": {description: ok, content: {application/json: {}}}}
  /things:
    post:
      operationId: addThing
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": {description: ok}}
    get: {operationId: listThings, responses: {"200": {description: ok}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}, other: {type: apiKey, in: query, name: k}}
`

// pinnedOf returns the pinned definition of getThing, or of addThing, in a document.
func pinnedOf(t *testing.T, document, tool string, o Options) string {
	t.Helper()
	o.Pins = NewPins(pin.NewBook(), "api", false)
	return string(newSet(t, document, o).byTool[tool].definition)
}

// What changes a call changes the definition, although the list of tools may stay the same. Options
// of the person who serves do not, unless they lead elsewhere.
func TestPinnedDefinition(t *testing.T) {
	for _, x := range []struct{ name, tool, old, now string }{
		{"description", "getThing", "Get a thing", "Get any thing"},
		{"schema", "getThing", "maxLength: 9", "maxLength: 10"},
		{"path", "listThings", "/things:", "/admin:"},
		{"server", "getThing", "shop.example.com", "evil.example.com"},
		{"method", "addThing", "    post:", "    put:"},
		{"media type", "addThing", "application/json: {schema", "application/merge-patch+json: {schema"},
		{"accepted media type", "getThing", "content: {application/json: {}}", "content: {text/csv: {}}"},
		{"location", "getThing", "name: note, in: query", "name: note, in: header"},
		{"style", "getThing", "name: note, in: query", "name: note, in: query, allowReserved: true"},
		{"credential", "getThing", "security: [{key: []}]", "security: [{other: []}]"},
		{"place of a credential", "getThing", "in: header, name: X-Key", "in: query, name: X-Key"},
		{"confirmation", "getThing", "operationId: getThing", "operationId: getThing\n      x-mcp-confirm: true"},
	} {
		now := strings.Replace(pinnedDocument, x.old, x.now, 1)
		if pinnedOf(t, pinnedDocument, x.tool, Options{}) == pinnedOf(t, now, x.tool, Options{}) {
			t.Errorf("%s: the definition is the same", x.name)
		}
	}
	before := pinnedOf(t, pinnedDocument, "addThing", Options{})
	var o Options
	o.Policy.NoConfirmDangerous = true
	if after := pinnedOf(t, pinnedDocument, "addThing", o); after != before {
		t.Errorf("an option of the person changes the definition:\n%s\n%s", before, after)
	}
	if d := pinnedOf(t, pinnedDocument, "addThing", Options{BaseURL: "http://127.0.0.1:1"}); !strings.Contains(d, `"http://127.0.0.1:1"`) {
		t.Error("the base URL is missing:", d)
	}
}

// denial returns the reason of a refusal, "" if a call was not refused for its pin.
func denial(t *testing.T, c *client.Client, tool, args string) string {
	t.Helper()
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = tool, json.RawMessage(args)
	res, err := c.CallTool(context.Background(), r)
	if errors.Is(err, mcp.ErrInvalidParams) && !strings.Contains(err.Error(), "(pins)") {
		return "" // there is no such tool
	} else if err != nil {
		t.Fatal(err)
	}
	text, _ := res.Content[0].(mcp.TextContent)
	_, why, _ := strings.Cut(text.Text, "(pins): ")
	if why != "" && !res.IsError {
		t.Error("a refusal is no error:", text.Text)
	}
	return why
}

func names(t *testing.T, c *client.Client) (out []string) {
	t.Helper()
	list := must(c.ListTools(context.Background(), mcp.ListToolsRequest{}))
	for _, tool := range list.Tools {
		out = append(out, tool.Name)
	}
	return out
}

// decide accepts or rejects the definition of a tool that waits.
func decide(t *testing.T, book *pin.Book, tool string, accept bool) {
	t.Helper()
	all := must(book.Entries())
	i := slices.IndexFunc(all, func(e pin.Entry) bool { return e.Name == tool })
	if i < 0 || all[i].Waiting == nil {
		t.Fatal(tool, "does not wait:", all)
	}
	noError(t, book.Decide(&all[i], all[i].Waiting.Hash, accept, "ann"))
}

// changedDocument changes one tool, adds one, and removes one.
var changedDocument = strings.NewReplacer("maxLength: 9", "maxLength: 99", "operationId: listThings", "operationId: readThings").Replace(pinnedDocument)

// A changed document changes nothing in lists, searches, descriptions and calls before a person has
// accepted it. Unchanged tools stay in use.
func TestPinnedDocument(t *testing.T) {
	for _, mode := range []Mode{ModeStatic, ModeDynamic} {
		for _, modern := range []bool{false, true} {
			t.Run(string(mode), func(t *testing.T) { testPinnedDocument(t, mode, modern) })
		}
	}
}

func testPinnedDocument(t *testing.T, mode Mode, modern bool) {
	a, book := newAPI(t), pin.NewBook()
	o := Options{BaseURL: a.URL, Pins: NewPins(book, "api", false), HoldWithoutCredentials: true}
	first := newSet(t, pinnedDocument, o)
	noError(t, first.Pin())
	m := NewServer(first, ServerOptions{Mode: mode})
	c := connectTo(t, m, modern)
	// called returns why a call of an operation is refused, and checks that all ways agree.
	called := func(name, args string) string {
		if mode == ModeStatic {
			return denial(t, c, name, args)
		}
		why := denial(t, c, CallOperation, `{"operation":"`+name+`","arguments":`+args+`}`)
		for _, other := range []string{denial(t, c, "describe_operation", `{"operation":"`+name+`"}`), denial(t, c, name, args)} {
			if other != why {
				t.Errorf("%s: one way says %q, another %q", name, why, other)
			}
		}
		return why
	}
	// shown reports whether an operation is found, and checks that all ways agree.
	shown := func(name string) bool {
		all := names(t, c)
		if mode == ModeDynamic && slices.Contains(all, name) {
			t.Error(name, "is listed")
		}
		found := strings.Contains(call(t, c, "describe", `{}`).text, name)
		if mode == ModeDynamic && strings.Contains(call(t, c, "search_operations", `{}`).text, name) != found ||
			mode == ModeStatic && slices.Contains(all, name) != found || strings.Contains(operationLines(t, c), name) != found {
			t.Error(name, "is shown in one way, and not in another")
		}
		if !slices.Contains(all, "info") {
			t.Error("info is not listed:", all)
		}
		return found
	}
	check := func(step, name, args string, wantShown bool, wantWhy string) {
		t.Helper()
		before := len(a.requests())
		if got := shown(name); got != wantShown {
			t.Errorf("%s: %s is shown: %v", step, name, got)
		}
		if why := called(name, args); wantWhy == "" && why != "" || !strings.Contains(why, wantWhy) {
			t.Errorf("%s: %s: %q", step, name, why)
		}
		if wantWhy != "" && len(a.requests()) != before {
			t.Errorf("%s: a call of %s was sent", step, name)
		}
	}
	check("first", "getThing", `{"id":"1"}`, true, "")
	check("first", "addThing", `{}`, true, "")

	second := newSet(t, changedDocument, o)
	noError(t, second.Pin())
	m.Replace(second, ServerOptions{Mode: mode})
	check("changed", "getThing", `{"id":"1"}`, false, "has changed and waits")
	check("changed", "readThings", `{}`, false, "is new and waits")
	check("changed", "addThing", `{}`, true, "")
	if shown("listThings") {
		t.Error("what was removed is shown")
	}
	decide(t, book, "getThing", true)
	decide(t, book, "readThings", false)
	check("decided", "getThing", `{"id":"0123456789"}`, true, "")
	check("decided", "readThings", `{}`, false, "rejected")
	if n := len(a.requests()); n == 0 {
		t.Error("nothing was sent")
	}
}

// operationLines returns the resource that lists the operations.
func operationLines(t *testing.T, c *client.Client) string {
	t.Helper()
	var r mcp.ReadResourceRequest
	r.Params.URI = ResourceOperations
	res := must(c.ReadResource(context.Background(), r))
	return res.Contents[0].(mcp.TextResourceContents).Text
}

// A list that was made before the server got the tools of another set has none of the old ones that
// the new set does not have as they are.
func TestListBetweenSets(t *testing.T) {
	o := Options{Pins: NewPins(pin.NewBook(), "api", false)}
	first, second := newSet(t, pinnedDocument, o), newSet(t, changedDocument, o)
	noError(t, first.Pin())
	m := NewServer(first, ServerOptions{Mode: ModeStatic})
	o.Pins.offers(second, (&offered{Set: second}).serverTools())
	if got := names(t, connectTo(t, m, false)); slices.Contains(got, "getThing") || slices.Contains(got, "listThings") || !slices.Contains(got, "addThing") {
		t.Error(got)
	}
}
