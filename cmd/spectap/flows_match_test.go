package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/cli/flows"
	"github.com/spectap/spectap/store"
)

// TestSelectionByIndex compares the flows that a selection finds by the index of a store, before
// redaction and in several goroutines, with those that match when every flow is read and redacted.
func TestSelectionByIndex(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	st, err := store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	var fs []flow.Flow
	for i := range 4000 {
		f := testFlow(fmt.Sprintf("/v1/things%d/%d", i%7, i))
		f.Started = time.Now().Add(-time.Duration(i) * time.Minute)
		f.Request.Method = []string{"GET", "POST", "PUT"}[i%3]
		f.Request.RawQuery = []string{"", "token=secret" + fmt.Sprint(i%5), "page=3"}[i%3]
		body := fmt.Appendf(nil, `{"id":%d,"password":"hunter%dhunter","note":"a %s thing"}`, i, i%9, []string{"red", "blue"}[i%2])
		f.Response = &flow.Response{Status: 200 + 100*(i%4), Header: flow.Header{{Name: "Content-Type", Value: "application/json"}}, Body: flow.Body{Data: body, Size: int64(len(body))}}
		f.Done = i%500 != 0
		fs = append(fs, f)
	}
	if _, err := st.Append(t.Context(), fs...); err != nil {
		t.Fatal(err)
	}
	red := redact.New([]byte("key"), redact.Config{})
	shown := map[bool][]flow.Flow{false: shownFlows(t, st, nil), true: shownFlows(t, st, red.Flow)} // by hide
	for _, text := range []string{
		"", "status:5xx", "status:2xx method:POST", "-status:2xx", "path:/v1/things3", "-path:/v1/things3", "things3", "page=3", "query:token", "secret1",
		"redacted", "body:hunter3hunter", "body:blue", `-body:"a red"`, "status:3xx body:blue", "status:3xx or body:blue", "is:pending", "type:json number:5-9",
		"time:>-2h", "time:<-2000m -things1", "size:>20 status:4xx", "nowhere", "path:~things[12]/",
	} {
		for _, hide := range []bool{false, true} {
			for _, limit := range []int{0, 3, 700} {
				t.Run(fmt.Sprintf("%s/hide=%t/limit=%d", text, hide, limit), func(t *testing.T) {
					s := flows.Selection{Limit: limit}
					if hide {
						s.Redact = red.Flow
					}
					if err := s.Parse(&cobra.Command{Use: "ls"}, []string{text}); err != nil {
						t.Fatal(err)
					}
					want := matchedOneByOne(shown[hide], s)
					got, err := numbersOf(s.Flows(t.Context(), st, true))
					if err != nil || !slices.Equal(got, want) {
						t.Errorf("got %d flows, want %d (%v)", len(got), len(want), err)
					}
					if n, err := s.Count(t.Context(), st); err != nil || n != int64(len(want)) {
						t.Errorf("counted %d, want %d (%v)", n, len(want), err)
					}
				})
			}
		}
	}
}

// shownFlows returns all flows of a store as they are shown.
func shownFlows(t *testing.T, st store.Reader, redact func(flow.Flow) flow.Flow) (shown []flow.Flow) {
	t.Helper()
	for f, err := range st.Scan(t.Context(), store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if redact != nil {
			f = redact(f)
		}
		shown = append(shown, f)
	}
	return shown
}

// matchedOneByOne matches each flow as it is shown.
func matchedOneByOne(shown []flow.Flow, s flows.Selection) (numbers []flow.Seq) {
	for i := range shown {
		if s.Where.Match(&shown[i]) {
			numbers = append(numbers, shown[i].Last)
		}
	}
	if s.Limit > 0 {
		numbers = numbers[max(0, len(numbers)-s.Limit):]
	}
	return numbers
}

func numbersOf(flows func(func(flow.Flow, error) bool)) (numbers []flow.Seq, err error) {
	for f, err := range flows {
		if err != nil {
			return numbers, err
		}
		numbers = append(numbers, f.Last)
	}
	return numbers, nil
}
