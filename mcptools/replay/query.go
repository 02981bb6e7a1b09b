package replay

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/mark"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// applyQuery sets query parameters. Their values are sent as they are: a placeholder in them could
// otherwise move a secret into a URL, where others may log it.
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
		if _, _, has := mark.Next(*set[name]); has {
			return tool.BadArgument("query_json", "has a placeholder: leave out the parameters of secrets, which stay as they were captured")
		}
		u.RawQuery = SetQuery(u.RawQuery, name, *set[name])
	}
	r.Call.URL = &u
	return nil
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
