package lint

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"
)

const (
	// maxRequest bounds a request body: 32 MiB, three times the largest public documents.
	maxRequest = 32 << 20
	// maxTime bounds the time of a check.
	maxTime = 30 * time.Second
	// maxChecks bounds the checks that run at once, and the large requests that are held. Others
	// wait.
	maxChecks = 2
	// maxSmall bounds a request that is read without waiting, so that clients who send slowly do
	// not keep small documents out.
	maxSmall = 256 << 10
)

// Handler serves linting. POST /validate and POST /lint take a document, or {"openapi_spec": "…"},
// one as a string of JSON or YAML. They answer 200 if it has no errors, 422 if it has, 400 if it
// cannot be read, 413 if it exceeds c.Budget (zero is [DefaultBudget]), and 503 if checking it
// takes longer than 30 seconds. A check ends when its client leaves. Two run at once; slow readers
// of answers do not count, so the server must bound the time to write one. GET /health reports that
// the service is up, GET / lists the endpoints. Nothing is stored. Pages of all origins may call
// it, because it has no data but the request's.
func Handler(c Config) http.Handler {
	if c.Budget == (Budget{}) {
		c.Budget = DefaultBudget()
	}
	errorsOnly := c
	errorsOnly.ErrorsOnly = true
	s := &service{slots: make(chan struct{}, maxChecks), large: make(chan struct{}, maxChecks), check: Check, timeout: maxTime}
	mux := http.NewServeMux()
	mux.Handle("/validate", s.post(errorsOnly))
	mux.Handle("/lint", s.post(c))
	mux.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
		if !allow(w, r, http.MethodGet) {
			return
		}
		answer(w, http.StatusOK, map[string]any{
			"status": "healthy", "timestamp": time.Now().UTC().Format(time.RFC3339),
			"service": "openapi-lint", "detailed": !c.ErrorsOnly,
		})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			answer(w, http.StatusNotFound, failure("there is no such endpoint"))
			return
		}
		if !allow(w, r, http.MethodGet) {
			return
		}
		answer(w, http.StatusOK, map[string]any{"service": "openapi-lint", "endpoints": map[string]string{
			"POST /validate": "errors of a document",
			"POST /lint":     "errors, warnings and notes",
			"GET /health":    "whether the service is up",
		}})
	})
	return mux
}

// issue is a finding in the JSON of the service.
type issue struct {
	Type       Severity `json:"type"`
	Message    string   `json:"message"`
	Suggestion string   `json:"suggestion,omitempty"`
	Operation  string   `json:"operation,omitempty"`
	Path       string   `json:"path,omitempty"`
	Method     string   `json:"method,omitempty"`
	Parameter  string   `json:"parameter,omitempty"`
	Field      string   `json:"field,omitempty"`
	Rule       string   `json:"rule"`
	Line       int      `json:"line"`
	Column     int      `json:"column"`
}

// result is the JSON that the service answers.
type result struct {
	Success      bool    `json:"success"`
	ErrorCount   int     `json:"error_count"`
	WarningCount int     `json:"warning_count"`
	Issues       []issue `json:"issues"`
	Summary      string  `json:"summary"`
}

func failure(message string) result {
	return result{ErrorCount: 1, Issues: []issue{{Type: Error, Message: message, Rule: "unreadable"}}, Summary: message}
}

// service runs the checks of requests.
type service struct {
	slots   chan struct{} // holds an element for each check that runs
	large   chan struct{} // holds an element for each large request
	check   func(context.Context, []byte, Config) (*Report, error)
	timeout time.Duration
}

// post serves checks with one configuration.
func (s *service) post(c Config) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !allow(w, r, http.MethodPost) {
			return
		}
		// The places are free before the answer is written: a client may not read it.
		if status, text := s.answer(w, r, c); status != 0 {
			writeHead(w, status)
			w.Write(text) // an error means that the client has disconnected
		}
	})
}

// answer checks the document of a request, and returns the answer. The status is 0 if the request
// was answered, or its client has left.
func (s *service) answer(w http.ResponseWriter, r *http.Request, c Config) (status int, text []byte) {
	body := http.MaxBytesReader(w, r.Body, maxRequest)
	small, err := io.ReadAll(io.LimitReader(body, maxSmall+1))
	if len(small) > maxSmall && err == nil { // the rest takes memory
		if !enter(r.Context(), s.large) {
			return 0, nil
		}
		defer leave(s.large)
	}
	data, ok := readRequest(w, io.MultiReader(bytes.NewReader(small), body))
	if !ok || !enter(r.Context(), s.slots) {
		return 0, nil
	}
	defer leave(s.slots)
	ctx, cancel := context.WithTimeout(r.Context(), s.timeout)
	defer cancel()
	status, res := s.result(ctx, data, c)
	var b bytes.Buffer
	writeJSON(&b, res) // into memory
	return status, b.Bytes()
}

// result checks a document.
func (s *service) result(ctx context.Context, data []byte, c Config) (status int, res result) {
	rep, err := s.check(ctx, data, c)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable,
			failure(fmt.Sprintf("checking the document took longer than %s; check it with spectap lint FILE", s.timeout))
	case errors.Is(err, ErrTooMuch):
		return http.StatusRequestEntityTooLarge, failure(err.Error())
	case err != nil:
		return http.StatusBadRequest, failure(err.Error())
	case rep.Count(Error) > 0:
		return http.StatusUnprocessableEntity, resultOf(rep)
	}
	return http.StatusOK, resultOf(rep)
}

// enter waits for a place among those who may do something at once. It reports false if ctx ends
// first.
func enter(ctx context.Context, places chan struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func leave(places chan struct{}) { <-places }

// readRequest returns the document in the body of a request. It answers a request without one.
func readRequest(w http.ResponseWriter, r io.Reader) (document []byte, ok bool) {
	var body struct {
		Document *string         `json:"openapi_spec"`
		OpenAPI  json.RawMessage `json:"openapi"`
		Swagger  json.RawMessage `json:"swagger"`
	}
	data, err := io.ReadAll(r)
	if err == nil {
		err = json.Unmarshal(data, &body)
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		text := fmt.Sprintf("the request is larger than %d bytes", large.Limit)
		answer(w, http.StatusRequestEntityTooLarge, failure(text))
		return nil, false
	case body.Document == nil && (body.OpenAPI != nil || body.Swagger != nil || yamlDocument.Match(data)):
		return data, true
	case err != nil || body.Document == nil:
		const wants = `the request must be an OpenAPI document, or JSON: {"openapi_spec": "the document as a string"}`
		answer(w, http.StatusBadRequest, failure(wants))
		return nil, false
	}
	return []byte(*body.Document), true
}

// yamlDocument finds the version of an OpenAPI document in YAML.
var yamlDocument = regexp.MustCompile(`(?m)^["']?(?:openapi|swagger)["']?\s*:`)

func resultOf(r *Report) result {
	out := result{
		Success: r.Count(Error) == 0, ErrorCount: r.Count(Error), WarningCount: r.Count(Warning),
		Issues: []issue{}, Summary: r.Summary(),
	}
	for _, f := range r.Findings {
		out.Issues = append(out.Issues, issue{
			Type: f.Severity, Message: f.Message, Suggestion: f.Advice, Operation: f.Operation, Path: f.Path,
			Method: f.Method, Parameter: f.Parameter, Field: f.Pointer, Rule: f.Rule, Line: f.Line, Column: f.Column,
		})
	}
	return out
}

// allow reports whether a request has the method. It answers other methods, and preflight requests
// of browsers.
func allow(w http.ResponseWriter, r *http.Request, method string) bool {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	switch r.Method {
	case method:
		return true
	case http.MethodOptions:
		h.Set("Access-Control-Allow-Methods", method+", OPTIONS")
		h.Set("Access-Control-Allow-Headers", "Content-Type")
		w.WriteHeader(http.StatusNoContent)
		return false
	}
	h.Set("Allow", method+", OPTIONS")
	answer(w, http.StatusMethodNotAllowed, failure("the method must be "+method))
	return false
}

func answer(w http.ResponseWriter, status int, v any) {
	writeHead(w, status)
	writeJSON(w, v) // an error means that the client has disconnected
}

func writeHead(w http.ResponseWriter, status int) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
}
