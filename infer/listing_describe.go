package infer

import (
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/schema"
)

// listQuery is a query parameter and what the traffic shows of it.
type listQuery struct {
	Name   string
	Schema *schema.Schema
	Texts  []string // all values, nil if some are unknown
	Reads  bool     // the method is GET
	Lists  bool     // a response holds a list
}

// coordinates describes numbers by the name of their parameter.
var coordinates = func() map[string]string {
	const latitude, longitude = "Latitude in degrees, from -90 to 90.", "Longitude in degrees, from -180 to 180."
	return map[string]string{"lat": latitude, "latitude": latitude, "lon": longitude, "lng": longitude,
		"long": longitude, "longitude": longitude}
}()

// Describe returns the meaning that a parameter has by widespread use, or "" if its name has no
// such meaning or the traffic contradicts it. Parameters for pages have [pageParam].
func (q listQuery) Describe() string {
	name := strings.TrimPrefix(noun.Fold(strings.TrimSuffix(q.Name, "[]")), "$")
	switch {
	case !q.Reads:
		if (name == "dryrun" || name == "validateonly") && q.Schema.Kind == schema.Boolean {
			return "Checks the request without changing anything."
		}
		return ""
	case q.Lists:
		if text := q.describeOnList(name); text != "" {
			return text
		}
	}
	if text := coordinates[name]; text != "" && q.Schema.Kind == schema.Number {
		return text
	}
	switch name {
	case "from", "since", "start", "starttime", "startdate", "startat", "begin", "datefrom", "fromdate", "after":
		if q.isTime() {
			return "Start of the period."
		}
	case "to", "until", "end", "endtime", "enddate", "endat", "dateto", "todate", "before":
		if q.isTime() {
			return "End of the period."
		}
	case "fields":
		if q.isText() {
			return "Properties to return."
		}
	case "expand", "embed":
		if q.isText() {
			return "Related resources to include in the response."
		}
	case "format", "outputformat":
		if q.areAmong("json", "xml", "csv", "yaml", "yml", "text", "txt", "html", "pdf", "ndjson", "jsonl", "tsv", "xlsx") {
			return "Format of the response."
		}
	case "pretty", "prettyprint":
		if q.Schema.Kind == schema.Boolean {
			return "Indents the response for people."
		}
	case "lang", "language", "locale":
		if q.all(isLanguage) {
			return "Language of the response."
		}
	case "tz", "timezone":
		if q.all(func(s string) bool { return s == "UTC" || strings.Contains(s, "/") }) {
			return "Time zone of dates and times."
		}
	case "apiversion":
		if q.all(isVersion) {
			return "Version of the API."
		}
	}
	return ""
}

// describeOnList is Describe for a list, by the folded name.
func (q listQuery) describeOnList(name string) string {
	switch name {
	case "q", "query", "search", "keyword", "keywords", "searchterm", "searchtext":
		if q.Schema.Kind == schema.String && q.Schema.Format == "" {
			return "Text or query that the items must match."
		}
	case "sort", "sortby", "orderby", "ordering", "sortfield", "sortkey":
		if q.isText() {
			return "Order of the items."
		}
	case "order", "direction", "sortorder", "sortdir", "sortdirection", "orderdirection", "dir":
		if q.areAmong("asc", "desc", "ascending", "descending") {
			return "Direction of the order."
		}
	case "filter":
		if q.isText() {
			return "Condition that the items must meet."
		}
	case "ids":
		if q.Schema.Kind != schema.Boolean {
			return "Identifiers of the items to return."
		}
	}
	return ""
}

// isText reports whether the values are strings, or lists of them.
func (q listQuery) isText() bool {
	s := q.Schema
	if s.Kind == schema.Array && s.Items != nil {
		s = s.Items
	}
	return s.Kind == schema.String && s.Format == ""
}

// isTime reports whether the values are dates or times.
func (q listQuery) isTime() bool {
	return q.Schema.Format == "date" || q.Schema.Format == "date-time" || strings.HasPrefix(q.Schema.Description, "Unix time")
}

// all reports whether there are values, and is holds for all of them.
func (q listQuery) all(is func(string) bool) bool {
	return len(q.Texts) > 0 && !slices.ContainsFunc(q.Texts, func(s string) bool { return !is(s) })
}

// areAmong reports whether all values are among words, in any case.
func (q listQuery) areAmong(words ...string) bool {
	return q.all(func(s string) bool { return slices.Contains(words, strings.ToLower(s)) })
}

// isLanguage reports whether a value has the form of a language tag: "en", "pt-BR".
func isLanguage(s string) bool {
	language, region, _ := strings.Cut(strings.ReplaceAll(s, "_", "-"), "-")
	return (len(language) == 2 || len(language) == 3) && language == strings.ToLower(language) && len(region) <= 4
}

// isVersion reports whether a value has the form of a version: "2", "v1.2", "2024-05-01-preview".
func isVersion(s string) bool {
	s = strings.TrimPrefix(s, "v")
	return s != "" && len(s) < 24 && s[0] >= '0' && s[0] <= '9'
}
