package merge

import (
	"strings"

	"github.com/spectap/spectap/openapi"
)

// unshare returns a document, as JSON data, in which parameters, request bodies and responses that
// are components stand where they are used. It changes doc.
func unshare(doc any) any {
	root, _ := doc.(map[string]any)
	components, _ := root["components"].(map[string]any)
	paths, _ := root["paths"].(map[string]any)
	for _, v := range paths {
		item, _ := v.(map[string]any)
		shared := resolveParameters(item, components)
		delete(item, "parameters")
		for key, v := range item {
			op, _ := v.(map[string]any)
			if !openapi.IsOperationKey(key) || op == nil {
				continue
			}
			if params := append(shared[:len(shared):len(shared)], resolveParameters(op, components)...); len(params) > 0 {
				op["parameters"] = params
			}
			if body := op["requestBody"]; body != nil {
				op["requestBody"] = resolveComponent(body, components, "requestBodies", openapi.BodyPrefix)
			}
			responses, _ := op["responses"].(map[string]any)
			for status, r := range responses {
				responses[status] = resolveComponent(r, components, "responses", openapi.ResponsePrefix)
			}
		}
	}
	for _, section := range []string{"parameters", "requestBodies", "responses"} {
		delete(components, section)
	}
	return root
}

// resolveComponent returns the component that v refers to, v itself if it is no such reference.
func resolveComponent(v any, components map[string]any, section, prefix string) any {
	m, _ := v.(map[string]any)
	ref, _ := m["$ref"].(string)
	all, _ := components[section].(map[string]any)
	if to := all[strings.TrimPrefix(ref, prefix)]; strings.HasPrefix(ref, prefix) && to != nil {
		return to
	}
	return v
}

func resolveParameters(m, components map[string]any) []any {
	params, _ := m["parameters"].([]any)
	for i, p := range params {
		params[i] = resolveComponent(p, components, "parameters", openapi.ParameterPrefix)
	}
	return params
}
