package replay

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
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
			u.RawQuery = dropQuery(u.RawQuery, name)
			continue
		}
		value, _, err := r.fill("query_json", *set[name], nil, func(p places, text string) { p.add(name, text) })
		if err != nil {
			return err
		}
		u.RawQuery = SetQuery(u.RawQuery, name, value)
	}
	r.Call.URL = &u
	return nil
}

// shownURL returns the URL without secrets, also those that the caller placed where redaction does
// not look for them.
func (r *Request) shownURL() string {
	f := r.redactor.Flow(flow.Flow{Request: flow.Request{
		Method: r.Call.Method, Scheme: r.Flow.Request.Scheme, Authority: r.Flow.Request.Authority,
		Path: r.Call.URL.EscapedPath(), RawQuery: r.Call.URL.RawQuery,
	}})
	return string(r.secrets.Hide([]byte(f.Request.URL())))
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
