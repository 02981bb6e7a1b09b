package lint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// oneLine returns a document with n operations on one line.
func oneLine(n int) []byte {
	var paths, schemas strings.Builder
	for i := range n {
		fmt.Fprintf(&paths, `,"/items%d/{id}":{"get":{"operationId":"op%d","parameters":[{"name":"id","in":"path",`+
			`"required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"x","content":`+
			`{"application/json":{"schema":{"$ref":"#/components/schemas/S%d"}}}}}}}`, i, i, i)
		fmt.Fprintf(&schemas, `,"S%d":{"type":"object","properties":{"a":{"type":"integer","example":3}}}`, i)
	}
	return []byte(`{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{` + paths.String()[1:] +
		`},"components":{"schemas":{` + schemas.String()[1:] + `}}}`)
}

func TestBudget(t *testing.T) {
	long := `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{},"x-` + strings.Repeat("n", 1000) + `":[` +
		strings.TrimSuffix(strings.Repeat("1,", 100), ",") + "]}"
	bomb := head + "paths: {}\nx-a: &a [" + strings.TrimSuffix(strings.Repeat("1,", 50), ",") + "]\nx-b: [" +
		strings.TrimSuffix(strings.Repeat("*a,", 50), ",") + "]\n"
	for _, tt := range []struct {
		name   string
		data   string
		budget Budget
		want   string // of the error; "" for none
	}{
		{"none", string(oneLine(5)), Budget{}, ""},
		{"enough", string(oneLine(5)), Budget{Values: 200, Names: 20_000}, ""},
		{"values of JSON", string(oneLine(5)), Budget{Values: 50}, "more than 50 values"},
		{"names", long, Budget{Names: 100_000}, "too long"},
		{"short names", long, Budget{Names: 200_000}, ""},
		{"indicators of YAML", clean, Budget{Values: 10}, "more than 40 lines"},
		{"values of YAML", clean, Budget{Values: 30}, "more than 30 values"},
		{"aliases", bomb, Budget{Values: 1000}, "more than 1000 values"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Check(t.Context(), []byte(tt.data), Config{Budget: tt.budget})
			if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, ErrTooMuch) || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// countdown is a context that ends when its Err has been called some times.
type countdown struct {
	context.Context
	left atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestCheckEndsWithContext ends the context at each of its uses: the check does little after it.
func TestCheckEndsWithContext(t *testing.T) {
	yaml := strings.Replace(clean, "components:", "x-long: '"+strings.Repeat("x", 1<<16)+"'\ncomponents:", 1)
	for _, tt := range []struct {
		name string
		data []byte
		uses int // of the context at least, in a document of that size
	}{
		{"JSON", oneLine(20), 300}, {"YAML", []byte(yaml), 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for n := 1; ; n += 1 + n/4 {
				ctx := &countdown{Context: t.Context()}
				ctx.left.Store(int64(n))
				r, err := Check(ctx, tt.data, Config{Budget: DefaultBudget()})
				if err == nil {
					if n < tt.uses {
						t.Errorf("the check looks at its context %d times, want %d", n, tt.uses)
					}
					return
				}
				if !errors.Is(err, context.Canceled) || r != nil {
					t.Fatalf("%v, %v", r, err)
				}
				if more := -ctx.left.Load(); more > 20 {
					t.Fatalf("it looks at the context %d times after its end", more)
				}
			}
		})
	}
}

// TestHandlerBudget sends documents that take too long or are too large.
func TestHandlerBudget(t *testing.T) {
	slow := func(ctx context.Context, _ []byte, _ Config) (*Report, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	large := `{"openapi":"3.0.3","x-large":[` + strings.Repeat("1,", 1_000_000) + `1]}`
	for _, tt := range []struct {
		name     string
		handler  http.Handler
		document string
		status   int
		want     string
	}{
		{"slow", (&service{slots: make(chan struct{}, 1), check: slow, timeout: time.Nanosecond}).post(Config{}), "x", 503, "took longer than 1ns"},
		{"large", Handler(Config{}), large, 413, "more than 1000000 values"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := openapitest.Must(json.Marshal(map[string]string{"openapi_spec": tt.document}))
			w := httptest.NewRecorder()
			tt.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "POST", "/lint", strings.NewReader(string(body))))
			answer, err := io.ReadAll(w.Result().Body)
			if w.Code != tt.status || err != nil || !strings.Contains(string(answer), tt.want) {
				t.Errorf("%d %s %v", w.Code, answer, err)
			}
		})
	}
}
