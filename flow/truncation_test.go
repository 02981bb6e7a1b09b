package flow

import (
	"strings"
	"testing"
)

func TestTruncation(t *testing.T) {
	kib := make([]byte, 1024)
	tests := []struct {
		name string
		body Body
		want string
	}{
		{"empty", Body{}, ""},
		{"whole", Body{Data: kib, Size: 1024}, ""},
		{"limit", Body{Data: kib, Size: 17_980, Truncated: true}, "truncated at 1.0 kB of 18.0 kB"},
		{"large", Body{Data: kib, Size: 7_600_000_000, Truncated: true}, "truncated at 1.0 kB of 7.6 GB"},
		{"interrupted transfer", Body{Data: kib[:10], Size: 10, Truncated: true}, "cut off after 10 B"},
		{"interrupted, of a known size", Body{Data: kib[:100], Size: 100, Truncated: true}, "cut off after 100 B of 17.6 kB"},
		{"in a list, which has no data", Body{Size: 3_000_000, Truncated: true}, "truncated, of 3.0 MB"},
		{"interrupted at once", Body{Truncated: true}, "not received"},
		{"the last size in bytes", Body{Size: 999, Truncated: true}, "truncated, of 999 B"},
		{"a size that rounds up", Body{Size: 999_950, Truncated: true}, "truncated, of 1.0 MB"},
		{"the largest sizes", Body{Size: 5e15, Truncated: true}, "truncated, of 5000.0 TB"},
		{"lost", Body{Size: 17_980, Truncated: true, Dropped: true}, "not recorded: the recorder had no room"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var h Header
			if strings.Contains(tt.name, "known size") {
				h = Header{{Name: "Content-Length", Value: "17600"}}
			}
			if got := tt.body.Truncation(h); got != tt.want {
				t.Errorf("Truncation() = %q, want %q", got, tt.want)
			}
			f := Flow{Request: Request{Header: h, Body: tt.body}, Response: &Response{Header: h, Body: tt.body}}
			want := ""
			if tt.want != "" {
				want = "request body " + tt.want + ", response body " + tt.want
			}
			if got := f.Truncation(); got != want {
				t.Errorf("Truncation() of the flow = %q, want %q", got, want)
			}
		})
	}
}
