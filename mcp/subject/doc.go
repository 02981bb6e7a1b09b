// Package subject determines what an MCP message requests, in the terms of policies: the tool,
// prompt or resource that it names, the method, or nothing that is judged. It supports the protocol
// up to 2025-11-25 and from 2026-07-28. It also knows which results are lists and the form of a
// refusal.
//
// Read subject.go first.
package subject
