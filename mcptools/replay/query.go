package replay

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// applyQuery sets query parameters. Placeholders in them are restored as in headers.
func (r *Request) applyQuery(object string) error {
	var set map[string]*string
	if err := json.Unmarshal([]byte(object), &set); err != nil {
		return tool.BadArgument("query_json", `must be a JSON object of strings, such as {"page":"2"}`)
	}
	u := *r.Call.URL
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if set[name] == nil {
			u.RawQuery, r.shownQuery = dropQuery(u.RawQuery, name), dropQuery(r.shownQuery, name)
			continue
		}
		value, shown, err := r.fill("query_json", *set[name], nil, func(p places, text string) { p.add(name, text) })
		if err != nil {
			return err
		}
		u.RawQuery, r.shownQuery = SetQuery(u.RawQuery, name, value), SetQuery(r.shownQuery, name, shown)
	}
	r.Call.URL = &u
	return nil
}

// shownURL returns the URL with placeholders instead of the secrets of the flow. It has what the
// caller wrote as it was written: a person must see it, and a placeholder in its place would tell
// the caller whether the capture has the same text as a secret.
func (r *Request) shownURL() string {
	q := flow.Request{
		Scheme: r.Flow.Request.Scheme, Authority: r.Flow.Request.Authority, Path: r.shownPath, RawQuery: r.shownQuery,
	}
	return placeholder.Unescape(q.URL())
}

// SetQuery replaces the values of a parameter in a query, or adds the parameter.
func SetQuery(query, name, value string) string {
	pairs := strings.Split(query, "&")
	found := false
	for i, p := range pairs {
		key, _, _ := strings.Cut(p, "=")
		if view.Unescape(key) == name {
			pairs[i], found = key+"="+url.QueryEscape(value), true
		}
	}
	if !found {
		if query == "" {
			pairs = nil
		}
		pairs = append(pairs, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	return strings.Join(pairs, "&")
}

// dropQuery removes a parameter from a query.
func dropQuery(query, name string) string {
	pairs := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool {
		key, _, _ := strings.Cut(p, "=")
		return view.Unescape(key) == name
	})
	return strings.Join(pairs, "&")
}
