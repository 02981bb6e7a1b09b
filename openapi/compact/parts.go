package compact

import "strings"

// parts is what the line of an operation says.
type parts struct {
	prefix       string // "webhook ", or ""
	method, path string
	id           string // "" if there is none
	parameters   []word
	body         string
	responses    []word
	security     string   // "" without authentication
	marks        []string // servers, style of pages, count
	callbacks    string   // lines, each after its "\n"
}

// word is a parameter or response with the key that only one of an operation's has, such as ?limit,
// header:If-Match or 404.
type word struct{ key, text string }

// line writes an operation completely.
func (x *parts) line() string { return x.prefix + x.text(&group{}, defaults{}) + x.callbacks }

// text writes the line of an operation in a group of a document with defaults.
func (x *parts) text(g *group, d defaults) string {
	words := []string{x.method}
	if path := strings.TrimPrefix(x.path, g.path); path != "" {
		words = append(words, path)
	}
	if x.id != "" {
		words = append(words, g.shorten(x.id))
	}
	parameters, absent := d.rest(x, x.parameters, isParameter)
	for _, w := range parameters {
		words = append(words, w.text)
	}
	responses, without := d.rest(x, x.responses, isResponse)
	words = append(append(words, absent...), without...)
	if x.body != "" {
		words = append(words, x.body)
	}
	if len(responses) > 0 {
		words = append(words, "->", joinResponses(responses))
	}
	switch usual := d.of(x.method, securityKey); {
	case x.security == "" && usual != "":
		words = append(words, "none")
	case x.security != usual:
		words = append(words, x.security)
	}
	return strings.Join(append(words, x.marks...), " ")
}

// joinResponses writes one response or more. Neighbours with the same content share it, as in
// 401,403:Error. The first content has no status if that is 200.
func joinResponses(list []word) string {
	var words []string
	last := ""
	for _, w := range list {
		body := strings.TrimPrefix(w.text, w.key)
		if n := len(words); n > 0 && last == body {
			words[n-1] = strings.TrimSuffix(words[n-1], body) + "," + w.text
			continue
		}
		words, last = append(words, w.text), body
	}
	words[0] = strings.TrimPrefix(words[0], "200:")
	return strings.Join(words, " ")
}
