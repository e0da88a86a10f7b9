package model

import (
	"errors"
	"fmt"
)

// A Code is a reply code of AMQP 0-9-1.
type Code uint16

// The reply codes. Those that NotChannel reports end the whole connection.
const (
	ContentTooLarge    Code = 311
	NoRoute            Code = 312 // not an error: it comes with a returned message
	ConnectionForced   Code = 320
	AccessRefused      Code = 403
	NotFound           Code = 404
	ResourceLocked     Code = 405
	PreconditionFailed Code = 406
	FrameError         Code = 501
	SyntaxError        Code = 502
	CommandInvalid     Code = 503
	ChannelError       Code = 504
	UnexpectedFrame    Code = 505
	ResourceError      Code = 506
	NotAllowed         Code = 530
	NotImplemented     Code = 540
	InternalError      Code = 541
)

var codeNames = map[Code]string{
	ContentTooLarge: "CONTENT_TOO_LARGE", NoRoute: "NO_ROUTE", ConnectionForced: "CONNECTION_FORCED",
	AccessRefused: "ACCESS_REFUSED", NotFound: "NOT_FOUND", ResourceLocked: "RESOURCE_LOCKED",
	PreconditionFailed: "PRECONDITION_FAILED", FrameError: "FRAME_ERROR", SyntaxError: "SYNTAX_ERROR",
	CommandInvalid: "COMMAND_INVALID", ChannelError: "CHANNEL_ERROR", UnexpectedFrame: "UNEXPECTED_FRAME",
	ResourceError: "RESOURCE_ERROR", NotAllowed: "NOT_ALLOWED", NotImplemented: "NOT_IMPLEMENTED",
	InternalError: "INTERNAL_ERROR",
}

// String returns the code's name, such as "NOT_FOUND".
func (c Code) String() string { return codeNames[c] }

// EndsConnection reports whether an error with this code ends the connection;
// the others end only the channel that they happened on.
func (c Code) EndsConnection() bool {
	return c == ConnectionForced || c > PreconditionFailed
}

// An Error is what a client is told when it asked for something it cannot have.
type Error struct {
	Code Code
	Text string // without the code's name
	// Access is the permission that a user lacks in the virtual host VHost: configure, write
	// or read, or enter if it is all of them; "" of any other error.
	Access, VHost string
}

// Error returns the reply text as RabbitMQ writes it: the code's name, then why.
func (e *Error) Error() string { return e.Code.String() + " - " + e.Text }

// Errorf makes an Error.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}

// hasCode reports whether err is an Error with that code.
func hasCode(err error, code Code) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}
