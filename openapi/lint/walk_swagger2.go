package lint

import (
	"fmt"
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// pointer2 returns the pointer in the text of version 2.0 for a place in the document of version 3
// that it was converted to.
func (w *walker) pointer2(p site) string {
	tokens := strings.Split(p.pointer, "/")
	switch {
	case len(tokens) > 2 && tokens[1] == "components":
		tokens = componentTokens2(tokens)
	case len(tokens) > 4 && tokens[1] == "paths" && tokens[4] == "requestBody":
		operation := strings.Join(tokens[:4], "/")
		i := w.parameter2(operation, func(m map[string]any) bool { return m["in"] == "body" })
		if i == "" {
			return operation // the body is a form, whose fields are parameters
		}
		tokens = append(strings.Split(operation+jsonvalue.Pointer("parameters", i), "/"), tokens[5:]...)
	case p.parameter != "" && len(tokens) > 3 && tokens[1] == "paths":
		tokens = w.parameterTokens2(tokens, p.parameter)
	}
	return withoutContent(tokens)
}

// componentTokens2 is pointer2 for a component.
func componentTokens2(tokens []string) []string {
	sections := map[string]string{
		"schemas": "definitions", "securitySchemes": "securityDefinitions", "requestBodies": "parameters",
	}
	section := sections[tokens[2]]
	if section == "" {
		section = tokens[2]
	}
	if section == "parameters" && len(tokens) > 4 && tokens[4] == "schema" {
		tokens = append(tokens[:4:4], tokens[5:]...) // a parameter has the keywords itself
	}
	return append([]string{"", section}, tokens[3:]...)
}

// parameterTokens2 is pointer2 for a parameter of a path or an operation.
func (w *walker) parameterTokens2(tokens []string, name string) []string {
	at := 3
	if len(tokens) > 4 && tokens[3] != "parameters" {
		at = 4
	}
	if len(tokens) <= at+1 || tokens[at] != "parameters" {
		return tokens
	}
	holder := strings.Join(tokens[:at], "/")
	if i := w.parameter2(holder, func(m map[string]any) bool { return m["name"] == name }); i != "" {
		tokens[at+1] = i
	}
	if len(tokens) > at+2 && tokens[at+2] == "schema" {
		tokens = append(tokens[:at+2], tokens[at+3:]...)
	}
	return tokens
}

// withoutContent removes the media type from a pointer: objects of 2.0 have their schema without
// one.
func withoutContent(tokens []string) string {
	for i := 1; i+2 < len(tokens); i++ {
		if tokens[i] == "content" && tokens[i+2] == "schema" {
			tokens = append(tokens[:i:i], tokens[i+2:]...)
			break
		}
	}
	return strings.Join(tokens, "/")
}

// parameter2 returns the index of a parameter of an operation or path in the text, or "" if there
// is none.
func (w *walker) parameter2(operation string, is func(map[string]any) bool) string {
	list, known := w.parameters2[operation]
	if !known {
		v, _ := w.source.Data(operation + "/parameters")
		list, _ = v.([]any)
		if w.parameters2 == nil {
			w.parameters2 = map[string][]any{}
		}
		w.parameters2[operation] = list
	}
	for i, e := range list {
		if m, ok := e.(map[string]any); ok && is(m) {
			return fmt.Sprint(i)
		}
	}
	return ""
}
