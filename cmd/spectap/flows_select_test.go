package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store/storetest"
)

// TestSelection checks which flows a host, a limit and a filter select, oldest first.
func TestSelection(t *testing.T) {
	m := storetest.NewMemory()
	for i, host := range []string{"a.example", "b.example", "a.example", "a.example", "b.example"} {
		f := flow.Flow{Done: true, Request: flow.Request{Method: "GET", Authority: host, Path: fmt.Sprintf("/%d", i+1)}}
		if i%2 == 0 {
			f.Request.Method = "POST"
		}
		if _, err := m.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	redactAll := func(f flow.Flow) flow.Flow {
		f.Request.Path = "/[redacted:secret:0123456789]"
		return f
	}
	for _, tt := range []struct {
		name string
		s    selection
		args []string
		want string
		err  string
	}{
		{"all", selection{}, nil, "/1/2/3/4/5", ""},
		{"host", selection{host: "A.example"}, nil, "/1/3/4", ""},
		{"host of the filter", selection{}, []string{"host:b.example"}, "/2/5", ""},
		{"newest", selection{limit: 2}, nil, "/4/5", ""},
		{"newest of a host", selection{limit: 2, host: "a.example"}, nil, "/3/4", ""},
		{"newest that match", selection{limit: 2}, []string{"method:POST"}, "/3/5", ""},
		{"more than there are", selection{limit: 9}, []string{"method:POST"}, "/1/3/5", ""},
		{"none", selection{limit: 1}, []string{"path:/9"}, "", ""},
		{"several terms", selection{}, []string{"method:POST", "host:a.example"}, "/1/3", ""},
		{"up to a record", selection{last: 3}, nil, "/1/2/3", ""},
		{"hidden path", selection{redact: redactAll}, []string{"path:/1"}, "", ""},
		{"redacted path", selection{redact: redactAll, limit: 1}, []string{"path:/[redacted"}, "/5", ""},
		{"unknown host", selection{host: "c.example"}, nil, "", "no flows to host \"c.example\"; there are: a.example, b.example"},
		{"negative limit", selection{limit: -1}, nil, "", "must not be negative"},
		{"invalid filter", selection{}, []string{"("}, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.s.parse(&cobra.Command{Use: "ls"}, tt.args)
			var got strings.Builder
			if err == nil {
				for f, ferr := range tt.s.flows(t.Context(), m, true) {
					if err = ferr; err != nil {
						break
					}
					got.WriteString(f.Request.Path)
				}
			}
			if got.String() != tt.want {
				t.Errorf("got %s, want %s", &got, tt.want)
			}
			if wantErr := tt.err != "" || tt.name == "invalid filter"; (err != nil) != wantErr || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %v, want %q", err, tt.err)
			}
			if err != nil {
				var h *hint
				if !errors.As(err, &h) || h.try == "" {
					t.Errorf("%v says not what to try", err)
				}
				return
			}
			if all := tt.s.host == "" && tt.s.limit == 0 && len(tt.args) == 0; tt.s.all() != all {
				t.Errorf("it selects all: %v", tt.s.all())
			}
		})
	}
	var s selection
	s.host = "a.example"
	if err := s.checkHost(t.Context(), storetest.NewMemory()); err == nil || err.Error() != "the store has no flows" {
		t.Errorf("an empty store: %v", err)
	}
}
