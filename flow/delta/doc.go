// Package delta assembles the message that a language model streams in pieces.
//
// An event of such a stream has a piece of a text and says where that belongs: by the path of its
// member (choices[].delta.content), by an index (content_block_delta, tool_calls), or by its type
// (response.output_text.delta). [Read] joins the pieces of the public formats: chat completions and
// responses of OpenAI, messages of Anthropic, streamGenerateContent of Gemini, and JSON lines of
// Ollama. All of them are rows of one table, members.txt.
//
// Read takes time in proportion to the stream. It does not redact: give it a redacted body. A
// stream of another kind is no answer, and an event that is no JSON is left out ([DONE]). Read
// answer.go first.
package delta
