"""Texts of the piece that takes a person's own photo, in the survey and in the morph tab."""

KO = {
    "photo_page_title": "내 사진",
    "photo_page_choose": "사진 고르기",
    "photo_page_drop": "여기로 끌어다 놓아도 돼요",
    "photo_page_consent": (
        "고른 사진은 이 서버로 보내 얼굴로 바꾸고 바로 지워요. "
        "얼굴을 나타내는 숫자만 남고, 직접 지우거나 한 시간 동안 쓰지 않으면 사라져요."
    ),
    "photo_page_finding": "사진에서 얼굴을 찾아 다시 그리고 있어요.",
    "photo_page_bringing_closer": "사진에 더 가깝게 다듬고 있어요.",
    "photo_page_progress": "{total}걸음 중 {done}걸음",
    "photo_page_cancel": "그만두기",
    "photo_page_another": "다른 사진",
    "photo_page_by_hand": "직접 자르기",
    "photo_page_again": "다시 시도",
    "photo_page_too_large": "이 파일은 {size}MB예요. {limit}MB까지 보낼 수 있어요.",
    "photo_page_unreadable": "이 파일을 읽지 못했어요.",
    "photo_page_busy": "지금 사진을 바꾸는 사람이 많아요. 조금 뒤에 다시 시도해 주세요.",
    "photo_page_offline": "서버에 닿지 않아요. 연결을 확인해 주세요.",
    "photo_page_error": "사진을 얼굴로 바꾸지 못했어요.",
    "photo_page_gone": "사진에서 만든 얼굴이 서버에서 지워졌어요.",
    "photo_page_resend": "사진 다시 보내기",
    "photo_page_original": "올린 사진",
    "photo_page_aligned": "맞춰 자른 얼굴",
    "photo_page_reconstruction": "다시 그린 얼굴",
    "photo_page_alt_original": "올린 사진, 자른 곳을 네모로 표시",
    "photo_page_alt_aligned": "사진에서 맞춰 자른 얼굴",
    "photo_page_alt_reconstruction": "생성된 얼굴, 사진의 얼굴을 다시 그린 그림",
    "photo_page_faces": "얼굴이 여럿이에요. 바꿔 볼 얼굴을 눌러 주세요.",
    "photo_page_face": "{number}번째 얼굴",
    "photo_page_closer": "더 닮게 다듬기 (몇 초 걸려요)",
    "photo_page_closer_done": "사진에 더 가깝게 다듬었어요.",
    "photo_page_adjust": "자르기 조정",
    "photo_page_delete": "내 사진 지금 지우기",
    "photo_page_deleted": "지웠어요. 서버에 남은 것이 없어요.",
    "photo_page_not_deleted": "서버에 닿지 않아 지우지 못했어요. 한 시간 안에 저절로 사라져요.",
    "photo_page_crop": "네모를 끌어 얼굴에 맞추고, 모서리로 크기를 바꿔 주세요.",
    "photo_page_crop_square": "자를 네모. 화살표 키로 옮기고 더하기와 빼기 키로 크기를 바꿔요.",
    "photo_page_crop_preview": "이렇게 잘라요",
    "photo_page_size": "크기",
    "photo_page_angle": "기울기",
    "photo_page_apply": "이대로 자르기",
    "photo_page_crop_cancel": "취소",
    "photo_page_started_from": (
        "내 사진에서 시작한 얼굴이에요. 링크에는 사진도 얼굴도 담기지 않아요."
    ),
}

EN = {
    "photo_page_title": "Own photo",
    "photo_page_choose": "Choose a photo",
    "photo_page_drop": "or drop it here",
    "photo_page_consent": (
        "The photo you choose is sent to this server, turned into a face and deleted at once; "
        "only the face’s numbers stay, until you delete them or leave them unused for an hour."
    ),
    "photo_page_finding": "Finding the face in your photo and drawing it.",
    "photo_page_bringing_closer": "Bringing the face closer to the photo.",
    "photo_page_progress": "Step {done} of {total}",
    "photo_page_cancel": "Cancel",
    "photo_page_another": "Another photo",
    "photo_page_by_hand": "Set the crop by hand",
    "photo_page_again": "Try again",
    "photo_page_too_large": "This file has {size} MB; up to {limit} MB can be sent.",
    "photo_page_unreadable": "This file could not be read.",
    "photo_page_busy": "Many photos are being turned into faces. Try again in a moment.",
    "photo_page_offline": "The server cannot be reached. Check the connection.",
    "photo_page_error": "The photo could not be turned into a face.",
    "photo_page_gone": "The face from your photo is no longer on the server.",
    "photo_page_resend": "Send the photo again",
    "photo_page_original": "Your photo",
    "photo_page_aligned": "Aligned crop",
    "photo_page_reconstruction": "Redrawn face",
    "photo_page_alt_original": "Your photo, with the crop marked by a square",
    "photo_page_alt_aligned": "The face cut from the photo and aligned",
    "photo_page_alt_reconstruction": "Generated face, drawn after the one in the photo",
    "photo_page_faces": "There are several faces. Tap the one to use.",
    "photo_page_face": "Face {number}",
    "photo_page_closer": "Closer (takes some seconds)",
    "photo_page_closer_done": "The face is closer to the photo now.",
    "photo_page_adjust": "Adjust the crop",
    "photo_page_delete": "Delete my photo now",
    "photo_page_deleted": "Deleted. Nothing of it is left on the server.",
    "photo_page_not_deleted": (
        "The server could not be reached to delete it. It goes by itself within an hour."
    ),
    "photo_page_crop": "Drag the square onto the face; its corners change the size.",
    "photo_page_crop_square": "The crop. Arrow keys move it, plus and minus change its size.",
    "photo_page_crop_preview": "The crop as it will be",
    "photo_page_size": "Size",
    "photo_page_angle": "Tilt",
    "photo_page_apply": "Use this crop",
    "photo_page_crop_cancel": "Cancel",
    "photo_page_started_from": (
        "This face started from your photo. The link holds neither the photo nor the face."
    ),
}
