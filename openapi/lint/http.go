package lint

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// maxRequest bounds a request body: 32 MiB, three times the largest public documents.
const maxRequest = 32 << 20

// Handler serves linting. POST /validate and POST /lint take {"openapi_spec": "…"}, a document as a
// string of JSON or YAML. They answer 200 if it has no errors, 422 if it has, and 400 if it cannot
// be read. GET /health reports that the service is up, GET / lists the endpoints. Nothing is
// stored. Pages of all origins may call it, because it has no data but the request's.
func Handler(c Config) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/validate", post(func(data []byte) (*Report, error) {
		return Check(data, Config{ErrorsOnly: true, Ignore: c.Ignore})
	}))
	mux.Handle("/lint", post(func(data []byte) (*Report, error) { return Check(data, c) }))
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

// post serves one kind of check.
func post(check func([]byte) (*Report, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !allow(w, r, http.MethodPost) {
			return
		}
		var body struct {
			Document *string `json:"openapi_spec"`
		}
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&body)
		var large *http.MaxBytesError
		switch {
		case errors.As(err, &large):
			text := fmt.Sprintf("the request is larger than %d bytes", large.Limit)
			answer(w, http.StatusRequestEntityTooLarge, failure(text))
			return
		case err != nil || body.Document == nil:
			answer(w, http.StatusBadRequest, failure(`the request must be JSON: {"openapi_spec": "the document as a string"}`))
			return
		}
		rep, err := check([]byte(*body.Document))
		if err != nil {
			answer(w, http.StatusBadRequest, failure(err.Error()))
			return
		}
		status := http.StatusOK
		if rep.Count(Error) > 0 {
			status = http.StatusUnprocessableEntity
		}
		answer(w, status, resultOf(rep))
	})
}

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
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	writeJSON(w, v) // an error means that the client has disconnected
}
