package openapi

import "strings"

// unshared returns a document, as data, with what [share] wrote once written where it is used.
func unshared(doc any) any {
	root, _ := doc.(map[string]any)
	components, _ := root["components"].(map[string]any)
	whole := func(v any, section, prefix string) any {
		m, _ := v.(map[string]any)
		ref, _ := m["$ref"].(string)
		all, _ := components[section].(map[string]any)
		if to := all[strings.TrimPrefix(ref, prefix)]; strings.HasPrefix(ref, prefix) && to != nil {
			return to
		}
		return v
	}
	wholeParams := func(m map[string]any) []any {
		params, _ := m["parameters"].([]any)
		for i, p := range params {
			params[i] = whole(p, "parameters", parameterPrefix)
		}
		return params
	}
	paths, _ := root["paths"].(map[string]any)
	for _, v := range paths {
		item, _ := v.(map[string]any)
		ofAll := wholeParams(item)
		delete(item, "parameters")
		for method, v := range item {
			op, _ := v.(map[string]any)
			if !isMethod(method) || op == nil {
				continue
			}
			if params := append(ofAll[:len(ofAll):len(ofAll)], wholeParams(op)...); len(params) > 0 {
				op["parameters"] = params
			}
			if body := op["requestBody"]; body != nil {
				op["requestBody"] = whole(body, "requestBodies", bodyPrefix)
			}
			responses, _ := op["responses"].(map[string]any)
			for status, r := range responses {
				responses[status] = whole(r, "responses", responsePrefix)
			}
		}
	}
	for _, section := range []string{"parameters", "requestBodies", "responses"} {
		delete(components, section)
	}
	return root
}
