package gateway

import "strings"

// route returns the server of a request, and the request as that server knows it. It returns nil if
// there is none.
func (g *Merger) route(m *message) (*leg, *message) {
	params, err := split(m.params)
	if err != nil {
		return nil, nil
	}
	switch m.method {
	case "tools/call", "prompts/get":
		l, name := g.byName(stringOf(get(params, "name")))
		if l == nil {
			return nil, nil
		}
		return l, withParams(m, set(params, "name", quoted(name)))
	case "resources/read", "resources/subscribe", "resources/unsubscribe":
		return g.owner(stringOf(get(params, "uri")), params), m
	case "completion/complete":
		ref, err := split(get(params, "ref"))
		if err != nil {
			return nil, nil
		}
		if uri := get(ref, "uri"); uri != nil {
			return g.owner(stringOf(uri), params), m
		}
		l, name := g.byName(stringOf(get(ref, "name")))
		if l == nil {
			return nil, nil
		}
		return l, withParams(m, set(params, "ref", join(set(ref, "name", quoted(name)))))
	}
	return nil, nil
}

// withParams returns a message with other parameters.
func withParams(m *message, params []member) *message {
	out := *m
	out.params = join(params)
	return out.encoded()
}

// byName returns the server of a tool or prompt, and its name there.
func (g *Merger) byName(name string) (*leg, string) {
	for _, l := range g.legs {
		if rest, ok := strings.CutPrefix(name, l.Prefix); ok && rest != "" {
			return l, rest
		}
	}
	return nil, ""
}

// owner returns the server of a resource: the one that lists it, or else the one with a template
// that begins like it. It is nil if there is none, or several. like are the parameters of a request
// of the client, whose _meta stateless revisions require.
func (g *Merger) owner(uri string, like []member) *leg {
	if l := g.known(uri); l != nil {
		return l
	}
	var params []member
	if meta := get(like, "_meta"); meta != nil {
		params, _ = split(withoutToken(join([]member{{"_meta", meta}})))
	}
	for _, method := range []string{"resources/list", "resources/templates/list"} {
		g.lists(g.ctx, method, params)
	}
	return g.known(uri)
}

func (g *Merger) known(uri string) *leg {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l := g.owners[uri]; l != nil {
		return l
	}
	var found *leg
	longest := 0
	for template, l := range g.owners {
		head, _, isTemplate := strings.Cut(template, "{")
		switch {
		case !isTemplate || head == "" || !strings.HasPrefix(uri, head) || len(head) < longest:
		case len(head) == longest && l != found:
			found = nil
		default:
			found, longest = l, len(head)
		}
	}
	return found
}
