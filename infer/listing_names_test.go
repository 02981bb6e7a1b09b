package infer

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/infer/schema"
)

// TestDescribedNames checks every name of a parameter that has a description, with values that agree
// with it and values that do not.
func TestDescribedNames(t *testing.T) {
	text, flag := &schema.Schema{Kind: schema.String}, &schema.Schema{Kind: schema.Boolean}
	number := &schema.Schema{Kind: schema.Integer}
	date := &schema.Schema{Kind: schema.String, Format: "date"}
	stamp := &schema.Schema{Kind: schema.Integer, Description: "Unix time in seconds"}
	texts := &schema.Schema{Kind: schema.Array, Items: text}
	for _, tt := range []struct {
		names   string
		yes, no listQuery
		want    string
	}{
		{"dry_run validateOnly", listQuery{Schema: flag}, listQuery{Schema: text}, "Checks the request without changing anything."},
		{"from since start start_time startDate startAt begin dateFrom from_date after", listQuery{Schema: date, Reads: true},
			listQuery{Schema: text, Reads: true}, "Start of the period."},
		{"to until end end_time endDate endAt dateTo to_date before $to", listQuery{Schema: stamp, Reads: true},
			listQuery{Schema: number, Reads: true}, "End of the period."},
		{"fields fields[]", listQuery{Schema: texts, Reads: true}, listQuery{Schema: date, Reads: true}, "Properties to return."},
		{"expand embed", listQuery{Schema: text, Reads: true}, listQuery{Schema: flag, Reads: true},
			"Related resources to include in the response."},
		{"format output_format", listQuery{Schema: text, Texts: []string{"JSON", "xml", "csv", "yaml", "yml", "text", "txt", "html", "pdf",
			"ndjson", "jsonl", "tsv", "xlsx"}, Reads: true}, listQuery{Schema: text, Texts: []string{"json", "short"}, Reads: true},
			"Format of the response."},
		{"pretty prettyPrint", listQuery{Schema: flag, Reads: true}, listQuery{Schema: text, Reads: true}, "Indents the response for people."},
		{"lang language locale", listQuery{Schema: text, Texts: []string{"en", "deu", "pt-BR", "pt_BR", "zh-Hans"}, Reads: true},
			listQuery{Schema: text, Texts: []string{"en", "EN"}, Reads: true}, "Language of the response."},
		{"tz timezone", listQuery{Schema: text, Texts: []string{"UTC", "Europe/Berlin"}, Reads: true},
			listQuery{Schema: text, Texts: []string{"CET"}, Reads: true}, "Time zone of dates and times."},
		{"api_version", listQuery{Schema: text, Texts: []string{"0", "v9.1", "2024-05-01-preview"}, Reads: true},
			listQuery{Schema: text, Texts: []string{"latest"}, Reads: true}, "Version of the API."},
		{"q query search keyword keywords searchTerm search_text", listQuery{Schema: text, Reads: true, Lists: true},
			listQuery{Schema: date, Reads: true, Lists: true}, "Text or query that the items must match."},
		{"sort sort_by orderBy ordering sortField sort_key", listQuery{Schema: text, Reads: true, Lists: true},
			listQuery{Schema: number, Reads: true, Lists: true}, "Order of the items."},
		{"order direction sortOrder sort_dir sortDirection order_direction dir",
			listQuery{Schema: text, Texts: []string{"ASC", "desc", "ascending", "descending"}, Reads: true, Lists: true},
			listQuery{Schema: text, Texts: []string{"asc", "up"}, Reads: true, Lists: true}, "Direction of the order."},
		{"filter", listQuery{Schema: text, Reads: true, Lists: true}, listQuery{Schema: flag, Reads: true, Lists: true},
			"Condition that the items must meet."},
		{"ids", listQuery{Schema: number, Reads: true, Lists: true}, listQuery{Schema: flag, Reads: true, Lists: true},
			"Identifiers of the items to return."},
	} {
		for name := range strings.FieldsSeq(tt.names) {
			tt.yes.Name, tt.no.Name = name, name
			if got := tt.yes.Describe(); got != tt.want {
				t.Errorf("%s: %q, want %q", name, got, tt.want)
			}
			if got := tt.no.Describe(); got != "" {
				t.Errorf("%s with other values: %q", name, got)
			}
			other := tt.yes
			if other.Reads = !other.Reads; other.Describe() == tt.want {
				t.Errorf("%s has a meaning on reads and on writes", name)
			}
			if other = tt.yes; other.Lists {
				if other.Lists = false; other.Describe() == tt.want {
					t.Errorf("%s has a meaning without a list", name)
				}
			}
		}
	}
}
