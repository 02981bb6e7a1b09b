package flow

import "testing"

func TestTruncation(t *testing.T) {
	kib := make([]byte, 1024)
	tests := []struct {
		name string
		body Body
		want string
	}{
		{"empty", Body{}, ""},
		{"whole", Body{Data: kib, Size: 1024}, ""},
		{"limit", Body{Data: kib, Size: 17_980, Truncated: true}, "truncated at 1 KiB of 17.6 KiB"},
		{"large", Body{Data: kib, Size: 7_600_000_000, Truncated: true}, "truncated at 1 KiB of 7.1 GiB"},
		{"interrupted transfer", Body{Data: kib[:10], Size: 10, Truncated: true}, "truncated at 10 bytes"},
		{"in a list, which has no data", Body{Size: 3_000_000, Truncated: true}, "truncated, of 2.9 MiB"},
		{"interrupted at once", Body{Truncated: true}, "not received"},
		{"a byte", Body{Size: 1, Truncated: true}, "truncated, of 1 byte"},
		{"the last size in bytes", Body{Size: 1023, Truncated: true}, "truncated, of 1023 bytes"},
		{"the largest sizes", Body{Size: 5 << 40, Truncated: true}, "truncated, of 5120 GiB"},
		{"lost", Body{Size: 17_980, Truncated: true, Dropped: true}, "not recorded"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.body.Truncation(); got != tt.want {
				t.Errorf("Truncation() = %q, want %q", got, tt.want)
			}
			f := Flow{Request: Request{Body: tt.body}, Response: &Response{Body: tt.body}}
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
