package infer

import (
	"testing"

	"github.com/spectap/spectap/infer/schema"
)

func TestDescribe(t *testing.T) {
	text, date := &schema.Schema{Kind: schema.String}, &schema.Schema{Kind: schema.String, Format: "date"}
	for _, tt := range []struct {
		name string
		q    listQuery
		want string
	}{
		{"search", listQuery{Name: "q", Schema: text, Reads: true, Lists: true}, "Text or query that the items must match."},
		{"search of one thing", listQuery{Name: "q", Schema: text, Reads: true}, ""},
		{"order", listQuery{Name: "sort_by", Schema: text, Reads: true, Lists: true}, "Order of the items."},
		{"order on a write", listQuery{Name: "sort_by", Schema: text, Lists: true}, ""},
		{"direction", listQuery{Name: "order", Schema: text, Texts: []string{"ASC", "desc"}, Reads: true, Lists: true}, "Direction of the order."},
		{"an order that was placed", listQuery{Name: "order", Schema: text, Texts: []string{"A-17"}, Reads: true, Lists: true}, ""},
		{"direction without known values", listQuery{Name: "order", Schema: text, Reads: true, Lists: true}, ""},
		{"start", listQuery{Name: "from", Schema: date, Reads: true}, "Start of the period."},
		{"end", listQuery{Name: "$until", Schema: date, Reads: true}, "End of the period."},
		{"sender", listQuery{Name: "from", Schema: text, Reads: true}, ""},
		{"fields", listQuery{Name: "fields[]", Schema: &schema.Schema{Kind: schema.Array, Items: text}, Reads: true}, "Properties to return."},
		{"flag", listQuery{Name: "fields", Schema: &schema.Schema{Kind: schema.Boolean}, Reads: true}, ""},
		{"version", listQuery{Name: "api-version", Schema: text, Texts: []string{"2024-05-01-preview"}, Reads: true}, "Version of the API."},
		{"language", listQuery{Name: "lang", Schema: text, Texts: []string{"en", "pt-BR"}, Reads: true}, "Language of the response."},
		{"programming language", listQuery{Name: "language", Schema: text, Texts: []string{"python"}, Reads: true}, ""},
		{"latitude", listQuery{Name: "lat", Schema: &schema.Schema{Kind: schema.Number}, Reads: true}, "Latitude in degrees, from -90 to 90."},
		{"longitude", listQuery{Name: "lng", Schema: &schema.Schema{Kind: schema.Number}, Reads: true}, "Longitude in degrees, from -180 to 180."},
		{"a long form", listQuery{Name: "long", Schema: &schema.Schema{Kind: schema.Boolean}, Reads: true}, ""},
		{"dry run", listQuery{Name: "dryRun", Schema: &schema.Schema{Kind: schema.Boolean}}, "Checks the request without changing anything."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.q.Describe(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
