package infer

import "strings"

// graphQL finds the operation that a request runs: that of the given name, else the only one. One without a name is
// called by the first field it selects.
func graphQL(doc, operationName string) Variant {
	if !strings.Contains(doc, "{") {
		return Variant{}
	}
	words := graphQLWords(doc)
	for i, w := range words {
		switch w {
		case "query", "mutation", "subscription":
			name := ""
			if i+1 < len(words) && isPlainName(words[i+1]) {
				name = words[i+1]
			}
			if operationName != "" && name != operationName {
				continue
			}
			if name == "" {
				name = firstField(words[i+1:])
			}
			return Variant{Kind: "GraphQL " + w, Name: name}
		case "{": // the short form of a query
			if i == 0 {
				return Variant{Kind: kindQuery, Name: firstField(words)}
			}
		}
	}
	return Variant{}
}

// graphQLWords splits a document into names and single signs (GraphQL, section 2.1.6), strings and comments left out.
// Selections below the top of an operation are left out, too.
func graphQLWords(doc string) []string {
	var out []string
	depth := 0
	for i := 0; i < len(doc) && len(out) < 10_000; {
		c := doc[i]
		switch {
		case c == '#':
			for i < len(doc) && doc[i] != '\n' {
				i++
			}
		case c == '"':
			i++
			for i < len(doc) && doc[i] != '"' {
				if doc[i] == '\\' {
					i++
				}
				i++
			}
			i++
		case c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z':
			start := i
			for i < len(doc) && (doc[i] == '_' || doc[i]|0x20 >= 'a' && doc[i]|0x20 <= 'z' || doc[i] >= '0' && doc[i] <= '9') {
				i++
			}
			if depth <= 1 {
				out = append(out, doc[start:i])
			}
		default:
			if c == '{' || c == '(' {
				if depth <= 1 {
					out = append(out, string(c))
				}
				depth++
			}
			if c == '}' || c == ')' {
				depth--
			}
			i++
		}
	}
	return out
}

// firstField is the first name after the brace that opens a selection.
func firstField(words []string) string {
	for i, w := range words {
		if w == "{" && i+1 < len(words) && isPlainName(words[i+1]) {
			return words[i+1]
		}
	}
	return ""
}
