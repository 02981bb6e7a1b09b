package filter

import "strings"

// Field describes a field to programs that help people write filters.
type Field struct {
	Name   string   `json:"name"`
	Wants  string   `json:"wants"`  // the values it accepts
	Values []string `json:"values"` // that a person may mean; others are possible
}

// offered are values of the fields that have few, or that show what can be written.
var offered = map[string]string{
	"method": "GET POST PUT PATCH DELETE HEAD OPTIONS",
	"status": "2xx 3xx 4xx 5xx 404 >=400 none",
	"type":   "json xml yaml html form js css text image video audio font multipart none",
	"size":   ">100k >1M 0",
	"took":   ">500ms >2s",
	"time":   "today >-15m >-1h",
	"source": "proxy import replay",
	"is":     "failed denied pending truncated dropped answered",
}

// Fields returns all fields in the order of the documentation.
func Fields() []Field {
	out := make([]Field, len(fields))
	for i, f := range fields {
		out[i] = Field{f.name, f.wants, strings.Fields(offered[f.name])}
	}
	return out
}
