// What the sketch uses of the ESP32 core, on a computer whose clock the sketch's own waiting moves.
#pragma once
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cstdio>
#include <string>

class String {
 public:
  String(const char* text = "") : text_(text) {}
  String(const std::string& text) : text_(text) {}
  String(int value) : text_(std::to_string(value)) {}
  String(unsigned value) : text_(std::to_string(value)) {}
  String(float value, unsigned digits) {
    char buffer[40];
    snprintf(buffer, sizeof buffer, "%.*f", (int)digits, value);
    text_ = buffer;
  }
  String& operator+=(const String& other) { text_ += other.text_; return *this; }
  friend String operator+(const String& one, const String& other) { return String(one.text_ + other.text_); }
  unsigned length() const { return text_.size(); }
  bool startsWith(const char* prefix) const { return text_.rfind(prefix, 0) == 0; }
  long toInt() const { return atol(text_.c_str()); }
  const char* c_str() const { return text_.c_str(); }

 private:
  std::string text_;
};

extern uint32_t simulated;  // milliseconds since the start
uint32_t millis();
void delay(uint32_t milliseconds);
time_t simulatedTime(time_t*);
#define time simulatedTime

inline uint32_t esp_random() { return (uint32_t)::rand(); }
inline void configTime(long, int, const char*) {}
float temperatureRead();

struct SerialPort {
  void begin(unsigned long) {}
  void println(const String& text) { printf("%s\n", text.c_str()); }
};
extern SerialPort Serial;
