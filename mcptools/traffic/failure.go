package traffic

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/view"
)

// The response of a failed flow says what failed. Messages that differ only in ids, numbers and
// quoted values are put in one form.
//
// [failureMessage] reads redacted flows: JSON by the members that commonly hold a message, problem
// details (RFC 9457), errors of GraphQL and JSON-RPC, XML, HTML pages, plain text.
// [normalizeMessage] replaces what differs between requests, [shortMessage] makes a message short
// enough to be shown.

// Limits of messages.
const (
	maxRead    = 1 << 20  // bytes of an error's body that is read
	maxBody    = 64 << 10 // bytes of markup, and of a successful body, that are read
	maxMessage = 4 << 10  // bytes of a message
	maxShort   = 300      // bytes of a message that is shown
	maxDepth   = 4        // of members
	maxErrors  = 5        // of a list
)

// isFailure reports whether a flow failed: its status is an error, it has no response although it
// is done, or its response is an error of GraphQL or JSON-RPC.
func isFailure(f *flow.Flow) bool {
	switch {
	case f.Response == nil:
		return f.Done || f.Err != ""
	case f.Response.Status >= 400:
		return true
	}
	_, ok := callError(f)
	return ok
}

// failureMessage returns what a redacted flow that failed says about it, or "".
func failureMessage(f *flow.Flow) string {
	if f.Response == nil {
		return clean(f.Err)
	}
	if v, ok := callError(f); ok {
		return clean(ofValue(v, 0))
	}
	h, b := f.Response.Header, f.Response.Body
	if len(b.Data) == 0 || len(b.Data) > maxRead {
		return ""
	}
	text, _, _, ok := view.BodyText(h, b)
	if !ok {
		return ""
	}
	trimmed := strings.TrimSpace(text)
	switch v, err := view.ReadJSON(trimmed); {
	case err == nil:
		return clean(ofValue(v, 0))
	case strings.HasPrefix(trimmed, "<"):
		return clean(ofMarkup(view.Cut(trimmed, maxBody)))
	case strings.HasPrefix(trimmed, "{"), strings.HasPrefix(trimmed, "["):
		if message := clean(ofBroken(trimmed)); message != "" {
			return message
		}
	}
	line, _, _ := strings.Cut(trimmed, "\n")
	if len(strings.TrimSpace(line)) < len("{}") { // a bracket alone
		line = trimmed
	}
	return clean(line)
}

// callError returns the error of a successful response of GraphQL or JSON-RPC.
func callError(f *flow.Flow) (any, bool) {
	r := f.Response
	if r.Status >= 400 || len(r.Body.Data) > maxBody || !decode.IsJSON(decode.Kind(r.Header.MediaType(), r.Body.Data)) {
		return nil, false
	}
	text, _, _, ok := view.BodyText(r.Header, r.Body)
	if !ok || !strings.Contains(text, `"error`) {
		return nil, false
	}
	v, err := view.ReadJSON(text)
	o, isObject := v.(map[string]any)
	if err != nil || !isObject {
		return nil, false
	}
	if list, ok := o["errors"].([]any); ok && len(list) > 0 && call.VariantOf(f).IsGraphQL() {
		return list, true
	}
	if e, ok := o["error"].(map[string]any); ok && o["jsonrpc"] == "2.0" {
		return e, true
	}
	return nil, false
}

// Members of errors, in lower case with underscores.
var (
	// messageMembers commonly hold a message, the most specific first.
	messageMembers = []string{
		"message", "error_description", "error_message", "errormessage", "msg", "detail", "error", "title", "description",
		"reason", "issue", "problem", "fault", "faultstring", "status_message", "code", "type",
	}
	// listMembers commonly hold the errors of single fields.
	listMembers = []string{"errors", "details", "detail", "fields", "violations", "issues", "invalid_params", "causes", "failures"}
	// aboutMembers name the field that an error of a list is about.
	aboutMembers = []string{"field", "param", "parameter", "property", "path", "loc", "pointer", "source", "name"}
)

// ofValue returns the message in a decoded JSON value.
func ofValue(v any, depth int) string {
	if depth > maxDepth {
		return ""
	}
	switch x := v.(type) {
	case string:
		return x
	case []any:
		return ofList(x, depth)
	case map[string]any:
		return ofObject(x, depth)
	}
	return ""
}

func ofList(list []any, depth int) string {
	var parts []string
	for _, y := range list {
		if s := ofValue(y, depth+1); s != "" && len(parts) < maxErrors {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, "; ")
}

// ofObject returns the message of an object: the field that it is about, its message, and the
// messages of its list of errors.
func ofObject(o map[string]any, depth int) string {
	byName := map[string]any{}
	for name, v := range o {
		byName[strings.ReplaceAll(strings.ToLower(name), "-", "_")] = v
	}
	message := ""
	for _, name := range messageMembers {
		if message = ofValue(byName[name], depth+1); message != "" {
			delete(byName, name)
			break
		}
	}
	for _, name := range listMembers {
		if more := ofValue(byName[name], depth+1); more != "" && !strings.Contains(message, more) {
			message = strings.TrimPrefix(message+": "+more, ": ")
			break
		}
	}
	if message == "" {
		return ofFields(o, depth)
	}
	if depth == 0 {
		return message
	}
	for _, name := range aboutMembers {
		if about := fieldPath(byName[name]); about != "" && !strings.Contains(message, about) {
			return about + ": " + message
		}
	}
	return message
}

// ofFields returns the messages of an object whose members are fields with lists of messages.
func ofFields(o map[string]any, depth int) string {
	var parts []string
	for _, name := range sortedKeys(o) {
		list, ok := o[name].([]any)
		if !ok || len(parts) == maxErrors {
			continue
		}
		if s := ofList(list, depth); s != "" {
			parts = append(parts, name+": "+s)
		}
	}
	return strings.Join(parts, "; ")
}

// fieldPath returns the name of a field: a text, or a list of steps.
func fieldPath(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case []any:
		var steps []string
		for _, y := range x {
			switch s := y.(type) {
			case string:
				steps = append(steps, s)
			case json.Number:
				steps = append(steps, s.String())
			}
		}
		return strings.Join(steps, ".")
	case map[string]any: // JSON:API
		for _, name := range []string{"pointer", "parameter", "header"} {
			if s, ok := x[name].(string); ok {
				return s
			}
		}
	}
	return ""
}

// clean puts a message on one line and cuts it.
func clean(s string) string {
	return view.Cut(view.Visible(strings.Join(strings.Fields(s), " ")), maxMessage)
}

// shortMessage cuts a long message to what is shown.
func shortMessage(s string) string { return cutMiddle(s, maxShort) }

// cutMiddle cuts a long text in its middle, because the reason is often at its end.
func cutMiddle(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := len(s) - most/2
	for end < len(s) && !utf8.RuneStart(s[end]) {
		end++
	}
	return view.Cut(s, most/2) + s[end:]
}
