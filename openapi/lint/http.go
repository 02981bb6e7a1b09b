package lint

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// maxRequest bounds a request's body: 32 MiB, three times the largest public documents.
const maxRequest = 32 << 20

// Handler serves linting: POST /validate and POST /lint take {"openapi_spec": "…"}, a document as a string of JSON or
// YAML, and answer 200 when it has no errors, 422 when it has, 400 when it cannot be read; GET /health says that the
// service is up, GET / what there is. It keeps nothing. Any page may call it, as it knows nothing but what it is sent.
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
		answer(w, http.StatusOK, map[string]any{"status": "healthy", "timestamp": time.Now().UTC().Format(time.RFC3339), "service": "openapi-lint", "detailed": !c.ErrorsOnly})
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
			"POST /validate": "errors of a document", "POST /lint": "errors, warnings and notes", "GET /health": "whether the service is up"}})
	})
	return mux
}

// issue is a finding in the terms of the service.
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
			answer(w, http.StatusRequestEntityTooLarge, failure(fmt.Sprintf("the request is larger than %d bytes", large.Limit)))
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
		out := result{Success: rep.Count(Error) == 0, ErrorCount: rep.Count(Error), WarningCount: rep.Count(Warning), Issues: []issue{}, Summary: rep.Summary()}
		for _, f := range rep.Findings {
			out.Issues = append(out.Issues, issue{f.Severity, f.Message, f.Advice, f.Operation, f.Path, f.Method, f.Parameter, f.Pointer, f.Rule, f.Line, f.Column})
		}
		status := http.StatusOK
		if !out.Success {
			status = http.StatusUnprocessableEntity
		}
		answer(w, status, out)
	})
}

// allow answers what other methods ask, and the questions that browsers ask first.
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
	writeJSON(w, v) // the client has gone when it fails
}
