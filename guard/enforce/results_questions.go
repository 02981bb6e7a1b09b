package enforce

import (
	"maps"
	"slices"
)

// questions treats the input requests of a result, by name.
func (t treatment) questions(v any) {
	requests, _ := v.(map[string]any)
	for name, e := range requests {
		request, ok := e.(map[string]any)
		if !ok {
			requests[name], _ = t.unfenced().member(name, e)
			continue
		}
		for name, e := range request {
			if params, ok := e.(map[string]any); ok {
				t.question(params)
			} else if fold(name) != "METHOD" {
				request[name], _ = t.unfenced().member(name, e)
			}
		}
	}
}

// question treats the parameters of a request of the server. Nothing in them is exempt as in a
// result, whose protocol members no client shows. They are not fenced.
func (t treatment) question(params map[string]any) {
	t = t.unfenced()
	t.asks = true
	for name, e := range params {
		switch fold(name) {
		case "_META":
			t.meta(e)
			continue
		case "MESSAGES", "CONTENT":
			t.texts(e)
			continue
		case "REQUESTEDSCHEMA":
			t.form(e)
		}
		t.texts(e)
		params[name], _ = t.member(name, e)
	}
}

// form removes what a form suggests as the value of a removed member: its default and choices.
func (t treatment) form(v any) {
	schema, _ := v.(map[string]any)
	properties, _ := schema["properties"].(map[string]any)
	for name, e := range properties {
		property, ok := e.(map[string]any)
		if !ok || !t.remove(map[string]any{name: ""}) {
			continue
		}
		maps.DeleteFunc(property, func(member string, _ any) bool {
			return !slices.Contains([]string{"TYPE", "TITLE", "DESCRIPTION", "FORMAT"}, fold(member))
		})
	}
}
