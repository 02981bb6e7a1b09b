package webhook

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/internal/httpserver"
)

// AnswerPath is where answers are posted.
const AnswerPath = "/v1/answers"

// Handler accepts answers for h as requests. It refuses requests of web pages: those with an
// Origin, with a Host that does not name this machine, or without a JSON body.
func (h *Hook) Handler(r *httpserver.Reach) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		w.Header().Set("Cache-Control", "no-store")
		typ, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
		switch {
		case !r.HostAllowed(req.Host):
			refuse(w, http.StatusForbidden, "this server does not answer to this Host")
		case httpserver.IsFromPage(req):
			refuse(w, http.StatusForbidden, "no page may answer")
		case req.URL.Path != AnswerPath:
			refuse(w, http.StatusNotFound, "answers go to "+AnswerPath)
		case req.Method != http.MethodPost:
			w.Header().Set("Allow", http.MethodPost)
			refuse(w, http.StatusMethodNotAllowed, "answers are posted")
		case typ != "application/json":
			refuse(w, http.StatusUnsupportedMediaType, "an answer is application/json")
		default:
			h.take(w, req)
		}
	})
}

func (h *Hook) take(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxAnswer))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "the answer cannot be read, or is too large")
		return
	}
	held, err := h.Answer(req.Header, body)
	if err != nil {
		h.c.Log.Warn("an answer to a held call was refused", "error", err)
		status, why := refusalOf(err)
		refuse(w, status, why)
		return
	}
	json.NewEncoder(w).Encode(map[string]any{"id": held.ID, "state": held.State}) // the client may be gone
}

// refusals are the reasons why an answer is refused, with the HTTP status of each.
var refusals = map[error]int{
	errSignature: http.StatusUnauthorized, approval.ErrLate: http.StatusUnauthorized, approval.ErrNotFound: http.StatusNotFound,
	approval.ErrReplayed: http.StatusConflict, approval.ErrOver: http.StatusConflict, approval.ErrTwice: http.StatusConflict,
	approval.ErrOwn: http.StatusForbidden, approval.ErrOtherCall: http.StatusForbidden, errAnswer: http.StatusBadRequest,
}

// refusalOf returns the HTTP status and the reason for a refused answer, without details of this
// machine such as the name of a file.
func refusalOf(err error) (status int, why string) {
	for known, status := range refusals {
		if errors.Is(err, known) {
			return status, known.Error()
		}
	}
	return http.StatusBadRequest, "the answer cannot be taken"
}

func refuse(w http.ResponseWriter, status int, why string) {
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"error": why}) // the client may be gone
}
